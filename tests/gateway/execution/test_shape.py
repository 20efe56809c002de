"""Documents are measured before anything costly is done with them: by their length, whatever they multiply to."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from gateway.execution import shape
from gateway.execution.shape import Exceeded, Limits, exceeded
from gateway.limit_settings import LimitSettings
from gateway.media_types import GRAPHQL_RESPONSE

LIMITS = LimitSettings.model_validate({}).of_documents
FREE = Limits(*([10**9] * len(Limits._fields)))
Bearer = Callable[[str], dict[str, str]]


def spreading(levels: int) -> str:
    """A document whose fields number two to the power of its levels."""
    parts = [f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return " ".join(["{ viewer { ...F0 } }", *parts, f"fragment F{levels} on Viewer {{ email }}"])


selections = st.recursive(
    st.sampled_from(["a", "b: a", "a @include(if: true)", "...F", "...G", "...Unknown"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"a {{ {' '.join(parts)} }}")
        | st.lists(inner, min_size=1, max_size=2).map(lambda parts: f"... @skip(if: false) {{ {' '.join(parts)} }}")
    ),
    max_leaves=12,
)


def expanded(node: DocumentNode) -> dict[str, int]:
    """The same, with every spread walked."""
    fragments = {each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)}
    told = {"height": 0, "aliases": 0, "directives": 0, "depth": 0}

    def walk(selection_set: object, level: int) -> None:
        for selection in getattr(selection_set, "selections", ()):
            told["directives"] += len(selection.directives or ())
            if isinstance(selection, FragmentSpreadNode):
                found = fragments.get(selection.name.value)
                walk(getattr(found, "selection_set", None), level)
            elif isinstance(selection, FieldNode):
                told["height"] += 1
                told["aliases"] += selection.alias is not None
                told["depth"] = max(told["depth"], level + 1)
                walk(selection.selection_set, level + 1)
            else:
                walk(selection.selection_set, level)

    for operation in node.definitions:
        if not isinstance(operation, FragmentDefinitionNode):
            walk(getattr(operation, "selection_set", None), 0)
    return told


@given(selections, selections)
def test_a_document_has_the_size_that_it_has_with_fragments_put_in_their_places(body: str, fragment: str) -> None:
    ends = fragment.replace("...F", "a").replace("...G", "a")
    node = parse(f"{{ {body} }} fragment F on T {{ {fragment.replace('...F', '...G')} }} fragment G on T {{ {ends} }}")
    for limit, value in expanded(node).items():
        assert exceeded(node, FREE._replace(**{limit: value})) is None
        if value:
            assert exceeded(node, FREE._replace(**{limit: value - 1})) == Exceeded(limit, value, value - 1)


def test_what_fragments_multiply_to_is_counted_without_walking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = 0
    of = shape._Measuring.of

    def counting(self: shape._Measuring, selections: object) -> object:
        nonlocal walked
        walked += 1
        return of(self, selections)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(shape._Measuring, "of", counting)
    found = exceeded(parse(spreading(60)), LIMITS._replace(fragments=1000))
    assert found == Exceeded("height", 2**60 + 1, LIMITS.height)
    assert walked < 300


def test_fragments_in_a_circle_end() -> None:
    circle = "{ a { ...F } } fragment F on T { a { ...G } } fragment G on T { a { ...F } }"
    assert exceeded(parse(circle), LIMITS) is None


@pytest.mark.parametrize(
    ("limit", "document"),
    [
        ("characters", "{ viewer { email } }" + " " * LIMITS.characters),
        ("tokens", "{ viewer { " + "email " * LIMITS.tokens + "} }"),
        ("depth", "{ a " * 25 + "}" * 25),
        ("height", "{ viewer { " + "email " * (LIMITS.height + 1) + "} }"),
        ("aliases", "{ viewer { " + " ".join(f"a{n}: email" for n in range(101)) + " } }"),
        ("root_fields", "{ " + "__typename " * 51 + "}"),
        ("directives", "{ viewer { email" + " @include(if: true)" * 201 + " } }"),
        ("fragments", "{ __typename } " + " ".join(f"fragment F{n} on Viewer {{ email }}" for n in range(201))),
        ("height", spreading(30)),
    ],
)
async def test_a_document_that_is_too_large_is_refused_by_the_limits_name(
    client: httpx.AsyncClient, bearer: Bearer, limit: str, document: str
) -> None:
    headers = bearer("reader@north.example") | {"accept": GRAPHQL_RESPONSE}
    answer = await client.post("/graphql", json={"query": document}, headers=headers)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("QUERY_TOO_COSTLY", limit)
    assert error["extensions"]["maximum"] == getattr(LIMITS, limit)


def test_what_tools_and_our_own_pages_ask_is_within_the_limits() -> None:
    root = Path(__file__).parents[3]
    documents = [get_introspection_query(specified_by_url=True, input_value_deprecation=True, schema_description=True)]
    documents += [path.read_text("utf-8") for path in root.glob("gateway/graphiql/src/**/*.graphql")]
    assert len(documents) > 5
    assert [found for document in documents if (found := exceeded(parse(document), LIMITS)) is not None] == []
