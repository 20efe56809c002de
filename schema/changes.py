"""Mutations: each answers with what it changed, or with what was wrong with what was sent."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, get_type_hints

from auth.credentials import Where
from auth.directory import Authority, Fault, Unfit, UnfitForm, authority_of
from auth.rules import Action
from auth.viewer import ANYONE
from schema.access import Access
from schema.batch import batched
from schema.context import Context
from schema.labels import FALLBACK
from schema.node import parse_id
from schema.user_errors import user_error

Change = Callable[..., Awaitable[Any]]
"""`change(context)` or `change(context, input)`: the payload. Raises Unfit, UnfitForm. Any: each has its own."""


def changing(payload: type, *, action: Action, description: str) -> Callable[[Change], Any]:
    """Declare a mutation by its change. `payload` is its type, which takes `errors` alone, too."""

    def declare(change: Change) -> Any:  # Any: as strawberry.field
        takes = [name for name in inspect.signature(change).parameters if name != "context"]

        async def batch(parents: Sequence[None], context: Context, **given: Any) -> Sequence[Any]:
            try:
                return [await change(context, *given.values())]
            except (Unfit, UnfitForm) as unfit:
                faults = unfit.faults if isinstance(unfit, UnfitForm) else (unfit,)
                return [payload(errors=[user_error(fault, _locale(context, given)) for fault in faults])]

        hints = get_type_hints(change)
        annotations = {name: hints[name] for name in takes}
        own = list(inspect.signature(batch).parameters.values())[:-1]
        arguments = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
            for name, annotation in annotations.items()
        ]
        batch.__signature__ = inspect.Signature([*own, *arguments])  # type: ignore[attr-defined]  # what inspect.signature() reads
        batch.__name__, batch.__qualname__, batch.__module__ = change.__name__, change.__qualname__, change.__module__
        return batched(payload, description=description, needs=[], directives=[Access(action=action)])(batch)

    return declare


def _locale(context: Context, given: Mapping[str, Any]) -> str:
    """The viewer's language; of who has not signed in, the one that the input names."""
    if context.viewer is not ANYONE:
        return context.viewer.locale
    return str(getattr(given.get("input"), "locale", FALLBACK))


def authority(context: Context) -> Authority:
    """On whose behalf users are managed: whoever the field's rule has let through."""
    found = authority_of(context.viewer, context.where)
    return found or Authority(context.viewer.subject, frozenset(), "", Where())  # reaches nobody


def key_of(global_id: str, type_name: str, field: str) -> str:
    """The key of an object of that type. An id of another type's object is nobody's."""
    parsed = parse_id(global_id, field=field)
    if parsed.type_name != type_name:
        raise Unfit(Fault.NOT_FOUND, field)
    return parsed.key
