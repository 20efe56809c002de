"""What the gateway's own store answers about people. Every change is recorded in the audit trail with what it changes,
in one transaction: `event` says who did it.

All methods raise the errors of `connectors.errors`; SourceConflict where what was read has changed in between.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from connectors.people import (
    AccessRequest,
    AssetDataChange,
    AuditAction,
    AuditEntry,
    AuditEvent,
    AuthorizationCode,
    CalendarFeed,
    Client,
    ContactRequest,
    ExportJob,
    Grant,
    Identity,
    Link,
    OutgoingMail,
    RefreshToken,
    Session,
    SigningKey,
    User,
)
from connectors.vocabulary import ExportStatus, MailTopic


class Users(Protocol):
    """Users and their assignments (R2, R3, R6)."""

    async def by_id(self, ids: Collection[str]) -> Mapping[str, User]: ...

    async def by_email(self, email: str, *, older_portal: bool = False) -> User | None:
        """The user of that address, whatever its case (R9: one of each portal)."""
        ...

    async def by_identity(self, identity: Identity) -> User | None: ...

    async def identity_at(self, user_id: str, issuer: str) -> Identity | None:
        """Who the user is at that provider."""
        ...

    async def all(self, *, parent_account: str | None = None) -> Sequence[User]:
        """Every user, or those of a parent account; the oldest first."""
        ...

    async def add(self, user: User, event: AuditEvent) -> None:
        """Raises SourceConflict where the address is taken."""
        ...

    async def change(self, user: User, event: AuditEvent, **changes: Any) -> User:
        """The user with those attributes, as it was read but for them. Raises SourceConflict where its version is
        another by now. Who is disabled or deactivated loses all sessions and grants with it. Any: each attribute has
        its own type."""
        ...

    async def attest(self, user: User, statement: str, event: AuditEvent) -> User:
        """The user confirmed the statement of that name (F16): recorded once, with when and from where."""
        ...

    async def link(self, user_id: str, identity: Identity, event: AuditEvent) -> None: ...

    async def seen(self, user_id: str, at: datetime) -> None:
        """The user was active; no event, no new version."""
        ...


class Credentials(Protocol):
    """Passwords and links (R7, R8), as digests and hashes."""

    async def passwords(self, user_id: str, *, at_most: int) -> Sequence[str]:
        """The hashes of the user's passwords, the current one first."""
        ...

    async def set_password(
        self, user: User, hashed: str, event: AuditEvent, *, link: Link | None = None, at: datetime
    ) -> bool:
        """Keep a new password, activate the user, and end all sessions and grants. With `link`, only if that link is
        still good: False, and nothing changed, where it was used meanwhile."""
        ...

    async def add_link(self, link: Link, event: AuditEvent) -> None:
        """The user's former links of that kind are good for nothing from then on."""
        ...

    async def link(self, digest: str, at: datetime) -> Link | None:
        """The link, as long as it can be used. Looking does not use it up: mail scanners look."""
        ...


class Sessions(Protocol):
    async def open(self, session: Session, event: AuditEvent) -> None: ...

    async def use(
        self, digest: str, at: datetime, *, idle_since: datetime, passing: bool = False
    ) -> tuple[Session, User] | None:
        """The session in force, and whose it is; None where it ended, or was last used before `idle_since`. `passing`
        looks without counting as use."""
        ...

    async def of_user(self, user_id: str, at: datetime, *, idle_since: datetime) -> Sequence[Session]: ...

    async def end(self, ids: Iterable[str], event: AuditEvent) -> None:
        """End sessions, and the grants that were given in them."""
        ...

    async def at_provider(self, issuer: str, *, subject: str | None, session: str | None) -> Sequence[Session]:
        """The sessions that began at that provider, of that subject or that provider's session (`sid`)."""
        ...


class Clients(Protocol):
    """The built-in provider's clients, grants, codes, refresh tokens and keys."""

    async def client(self, client_id: str) -> Client | None: ...

    async def by_identity(self, identity: Identity) -> Client | None: ...

    async def clients(self) -> Sequence[Client]: ...

    async def add(self, client: Client, event: AuditEvent) -> None: ...

    async def disable(self, client_id: str, at: datetime, event: AuditEvent) -> None:
        """Its grants end with it."""
        ...

    async def add_grant(self, grant: Grant, code: AuthorizationCode | None, event: AuditEvent | None) -> None: ...

    async def redeem_code(self, digest: str, at: datetime) -> AuthorizationCode | None:
        """The code, once. A second time its grant is revoked, and None is answered."""
        ...

    async def grant(self, grant_id: str) -> Grant | None: ...

    async def grant_holder(self, grant_id: str) -> tuple[Grant, User | None, Client] | None:
        """A grant in force, with the user and the client it is of, read together."""
        ...

    async def revoke_grant(self, grant_id: str, at: datetime, event: AuditEvent) -> None: ...

    async def add_refresh_token(self, token: RefreshToken) -> None: ...

    async def refresh_token(self, digest: str) -> RefreshToken | None: ...

    async def use_refresh_token(self, digest: str, at: datetime) -> bool:
        """Whether it was still unused; it is used from then on."""
        ...

    async def signing_keys(self) -> Sequence[SigningKey]:
        """The newest first."""
        ...

    async def add_signing_key(self, key: SigningKey, *, unless_newer_than: datetime) -> None:
        """Kept only where there is none that was made after that instant: of several gateways one makes the key."""
        ...

    async def drop_signing_keys(self, ids: Collection[str]) -> None: ...


class Requests(Protocol):
    """Requests for access and contact (F15)."""

    async def add_access_request(self, request: AccessRequest, event: AuditEvent) -> None: ...

    async def access_requests(self) -> Sequence[AccessRequest]: ...

    async def answer_access_request(self, request: AccessRequest, event: AuditEvent, user: User | None) -> None:
        """Keep the answered request, and add its user. Raises SourceConflict where it was answered meanwhile."""
        ...

    async def add_contact_request(self, request: ContactRequest, event: AuditEvent) -> None: ...

    async def contact_requests(self) -> Sequence[ContactRequest]: ...

    async def answer_contact_request(self, request: ContactRequest, event: AuditEvent) -> None: ...


class Mails(Protocol):
    """Mails that wait to be sent."""

    async def add(self, mail: OutgoingMail) -> None: ...

    async def take(self, at: datetime, *, until: datetime, at_most: int) -> Sequence[OutgoingMail]:
        """Those that are due, kept from other gateways until then."""
        ...

    async def sent(self, mail_id: str) -> None: ...

    async def failed(self, mail_id: str, *, again_at: datetime) -> None: ...

    async def waiting(self) -> int: ...


class AuditTrail(Protocol):
    async def record(self, *events: AuditEvent) -> None: ...

    async def verify(self) -> tuple[int, str, int | None]:
        """How many entries there are, the newest one's hash, and the number of the first at fault (None: none is)."""
        ...

    async def entries(
        self,
        *,
        actions: Collection[AuditAction] | None = None,
        about: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int | None = None,
        newest_first: bool = True,
        at_most: int | None = None,
    ) -> Sequence[AuditEntry]:
        """Entries whose actor or subject is `about`; `after` is an entry's number, and what follows it is answered."""
        ...


class MailWishes(Protocol):
    """What users want to be told of by mail (F18)."""

    async def of_user(self, user_id: str) -> frozenset[MailTopic]: ...

    async def set(self, user_id: str, topics: frozenset[MailTopic], event: AuditEvent) -> None:
        """These from now on, and no others."""
        ...

    async def stop(self, user_id: str, topic: MailTopic, event: AuditEvent) -> None:
        """This one no more. Nothing is recorded where it was not wished."""
        ...

    async def wishing(self, topics: Collection[MailTopic]) -> Sequence[tuple[User, frozenset[MailTopic]]]:
        """The active users who want to be told of one of these, and of which."""
        ...


class KnownStates(Protocol):
    """What was last known of things, so that a change is seen, and by one gateway alone."""

    async def exchange(self, kind: str, key: str, state: str, at: datetime) -> str | None:
        """Keep the state; the one before. The same: no change, or one that another gateway saw. None: the first."""
        ...

    async def last(self, kind: str, key: str) -> str | None:
        """What was exchanged or learnt last."""
        ...

    async def counted(self, kind: str, states: Mapping[str, str], at: datetime) -> Mapping[str, tuple[int, datetime]]:
        """Keep those states; of each how often it has changed, and since when it is as it is."""
        ...

    async def known(self, kind: str, key: str) -> str | None:
        """As it was last counted."""
        ...

    async def learn(self, kind: str, states: Mapping[str, str], at: datetime) -> None:
        """Keep those of which nothing is known."""
        ...


class CalendarFeeds(Protocol):
    """Calendars that are read by a secret address (F8)."""

    async def add(self, feed: CalendarFeed, event: AuditEvent) -> None: ...

    async def of_user(self, user_id: str) -> Sequence[CalendarFeed]:
        """The oldest first."""
        ...

    async def feed(self, feed_id: str) -> CalendarFeed | None: ...

    async def used(self, feed_id: str, at: datetime) -> None: ...

    async def revoke(self, user_id: str, feed_id: str, event: AuditEvent) -> bool:
        """False: the user has none such."""
        ...


class ExportJobs(Protocol):
    """Tables that are made for people, as far as they are (F9)."""

    async def add(self, job: ExportJob, event: AuditEvent) -> None: ...

    async def job(self, job_id: str) -> ExportJob | None: ...

    async def of_subject(self, subject: str) -> Sequence[ExportJob]:
        """The newest first."""
        ...

    async def progress(self, job_id: str, at: datetime, *, done: int, total: int) -> bool:
        """False: it is not to be made any further."""
        ...

    async def end(self, job_id: str, status: ExportStatus, at: datetime, *, reason: str = "") -> bool:
        """False: it had come to its end before."""
        ...

    async def fail_silent(self, before: datetime, at: datetime, *, reason: str) -> int:
        """Those whose makers have not been at work since then have failed; how many."""
        ...


class AssetDataWriter(Protocol):
    """The customer's own data about assets (R5)."""

    async def save(self, *changes: AssetDataChange, event: AuditEvent) -> None: ...

    async def history(self, installed_product_ids: Collection[str]) -> Mapping[str, Sequence[AssetDataChange]]:
        """Every version that was written, the newest first."""
        ...


@runtime_checkable
class People(Protocol):
    """The gateway's own state of people, part by part."""

    @property
    def users(self) -> Users: ...

    @property
    def credentials(self) -> Credentials: ...

    @property
    def sessions(self) -> Sessions: ...

    @property
    def clients(self) -> Clients: ...

    @property
    def requests(self) -> Requests: ...

    @property
    def mails(self) -> Mails: ...

    @property
    def mail_wishes(self) -> MailWishes: ...

    @property
    def known_states(self) -> KnownStates: ...

    @property
    def calendar_feeds(self) -> CalendarFeeds: ...

    @property
    def export_jobs(self) -> ExportJobs: ...

    @property
    def audit(self) -> AuditTrail: ...

    @property
    def asset_data(self) -> AssetDataWriter: ...

    async def tidy(self, at: datetime) -> None:
        """Remove what came to its end before then: sessions, links, codes, tokens and their grants, and deliveries."""
        ...
