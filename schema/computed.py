"""Fields that are worked out from a record and the request alone: no source is asked."""

from collections.abc import Callable
from typing import Any

import strawberry


def computed(description: str, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Declare a field by a plain resolver: `strawberry.field` with a type of its own, so that mypy sees through it."""

    def declare(resolver: Callable[..., Any]) -> Any:  # Any: as strawberry.field, a field stands for its value's type
        return strawberry.field(resolver=resolver, description=description, **options)

    return declare
