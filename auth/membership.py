"""All that is decided about people, made together over one store."""

from dataclasses import dataclass
from typing import Self

from auth.credentials import Credentials
from auth.directory import Directory
from auth.life_cycle import LifeCycle
from auth.notices import Notices
from auth.passwords import Passwords
from auth.requests import Requests
from auth.scope import ScopeCompiler
from auth.throttle import Throttle
from connectors.people_ports import People
from connectors.registry import Clock


@dataclass(frozen=True, slots=True)
class Membership:
    people: People
    credentials: Credentials
    directory: Directory
    requests: Requests
    life_cycle: LifeCycle
    clock: Clock

    @classmethod
    def over(
        cls,
        people: People,
        scopes: ScopeCompiler,
        notices: Notices,
        clock: Clock,
        *,
        address: str,
        throttle: Throttle,
        passwords: Passwords | None = None,
        helpdesk: str | None = None,
    ) -> Self:
        """`address` is the origin that links in mails lead to, `helpdesk` the mail address that is told of requests."""
        credentials = Credentials(people, passwords or Passwords(), throttle, notices, clock, address=address)
        directory = Directory(people, scopes, credentials, notices, clock)
        return cls(
            people=people,
            credentials=credentials,
            directory=directory,
            requests=Requests(people, directory, credentials, notices, clock, helpdesk=helpdesk),
            life_cycle=LifeCycle(people, notices, clock, address=address),
            clock=clock,
        )
