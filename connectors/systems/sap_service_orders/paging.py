"""Following `__next`: always below our own service, never to the host it names, and not without end."""

import re
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar
from urllib.parse import quote, unquote, urlsplit

from connectors.errors import SourceMisanswered, TooManyRows
from connectors.systems.sap_service_orders.wire import Page

T = TypeVar("T")

_EMPTY_PAGES = 20  # in a row, and still another one promised: the system goes round in circles
_QUERY_SAFE = "%$'(),/:*!@~;=&?+"
_DOTS = re.compile(r"(?:^|/)\.\.?(?:/|$)")


def resource_behind(link: str, roots: Iterable[str]) -> str:
    """The resource that a `__next` leads to, relative to its service. `roots` are the service's path as we know it.

    Links name internal hosts, so the host is not looked at. Raises ValueError for a path outside the service.
    """
    parts = urlsplit(link)
    path = parts.path
    if parts.netloc or path.startswith("/"):
        path = next((path[len(root) + 1 :] for root in roots if path.startswith(root + "/")), "")
    plain = unquote(path)
    if not path or path.startswith("/") or "\\" in plain or _DOTS.search(plain):
        raise ValueError("a link that leads out of the service")
    return quote(path, safe="%'()=,/;") + (f"?{quote(parts.query, safe=_QUERY_SAFE)}" if parts.query else "")


class Following(Generic[T]):
    """What is left to ask of one read, page after page. Raises SourceMisanswered for links that go in circles."""

    def __init__(self, system: str, max_rows: int, resource_of: Callable[[str], str]) -> None:
        self._system = system
        self._max_rows = max_rows
        self._resource_of = resource_of
        self._seen: set[str] = set()
        self._rows = 0
        self._idle = 0

    def take(self, pages: Iterable[Page[T]]) -> list[str]:
        """Count the pages' rows. Gives the resources of the pages behind them."""
        taken = list(pages)
        got = sum(len(page.rows) for page in taken)
        self._rows += got
        if self._rows > self._max_rows:
            raise TooManyRows(
                self._system, f"would answer more than {self._max_rows} rows: a narrower filter is needed"
            )
        self._idle = 0 if got else self._idle + 1
        links = [page.next for page in taken if page.next]
        if self._idle > _EMPTY_PAGES or len(set(links)) < len(links) or self._seen.intersection(links):
            raise SourceMisanswered(self._system, "promised more pages without end")
        self._seen.update(links)
        try:
            return [self._resource_of(link) for link in links]
        except ValueError as error:
            raise SourceMisanswered(self._system, "continued its answer elsewhere", detail=str(error)) from None
