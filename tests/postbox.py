"""Where mails of the portal under test end up: a list, in the order in which they were posted."""

from dataclasses import dataclass, field
from typing import NamedTuple

from auth.notices import Notice


class Posted(NamedTuple):
    kind: Notice
    to: str
    locale: str
    values: dict[str, str]

    @property
    def secret(self) -> str:
        """What the mail's link leads to."""
        return self.values["link"].rpartition("/")[2]


@dataclass
class Postbox:
    mails: list[Posted] = field(default_factory=list)

    async def post(self, kind: Notice, to: str, locale: str, **values: str) -> None:
        self.mails.append(Posted(kind, to, locale, values))

    def of(self, to: str, *kinds: Notice) -> list[Posted]:
        """Those to an address, of those kinds (all)."""
        return [mail for mail in self.mails if mail.to == to and (not kinds or mail.kind in kinds)]
