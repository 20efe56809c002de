"""Who uses the portal, as the gateway's own store keeps it: users and their assignments, sessions, links, clients,
requests, and the audit trail.

Times are aware instants in UTC. Tokens and links are kept as digests alone (`connectors.digests`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum

import msgspec

from connectors.vocabulary import (
    CalendarKind,
    ExportList,
    ExportStatus,
    RequestStatus,
    Role,
    SiteReferenceKind,
    UserStatus,
)


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the store keeps. `id` is unique among its kind."""

    id: str


class User(_Kept, frozen=True, kw_only=True):
    """A person. `parent_account` and `accounts` are bare customer numbers (R2).

    `needs_helpdesk`: the assignments were lost by inactivity, and only the helpdesk gives new ones (R6). `version`
    counts the changes; a change is made to the version that was read, or not at all.
    """

    email: str
    name: str = ""
    role: Role = Role.READER
    parent_account: str | None = None
    accounts: frozenset[str] = frozenset()
    status: UserStatus = UserStatus.INVITED
    locale: str = "en"
    time_zone: str = "UTC"
    older_portal: bool = False
    frozen_since: date | None = None
    created_at: datetime
    last_active_at: datetime | None = None
    warned_at: datetime | None = None
    deactivated_at: datetime | None = None
    needs_helpdesk: bool = False
    attested_at: datetime | None = None
    password_changed_at: datetime | None = None
    version: int = 1


class Identity(msgspec.Struct, frozen=True):
    """Who somebody is at an organisation's own OpenID provider: its name, and its id of the person or client."""

    issuer: str
    subject: str


class Session(_Kept, frozen=True, kw_only=True):
    """A browser that is signed in. `digest` is the cookie's. `provider` and `provider_session` (`sid`) say where the
    person signed in, if not here."""

    digest: str
    user_id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    device: str = ""
    network: str = ""
    provider: Identity | None = None
    provider_session: str | None = None


class LinkKind(Enum):
    ACTIVATION = "ACTIVATION"
    RESET = "RESET"


class Link(_Kept, frozen=True, kw_only=True):
    """A link that was sent by mail (R7)."""

    kind: LinkKind
    digest: str
    user_id: str
    expires_at: datetime


class Client(_Kept, frozen=True, kw_only=True):
    """A program that asks the graph: a front end (public, by authorization code) or a partner (by its secret).

    `accounts` are the customer numbers granted to a partner; `scopes` what it may be given.
    """

    name: str
    secret_digest: str | None = None
    redirect_uris: tuple[str, ...] = ()
    logout_uris: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    identity: Identity | None = None
    created_at: datetime
    disabled_at: datetime | None = None
    last_active_at: datetime | None = None


class Grant(_Kept, frozen=True, kw_only=True):
    """What a client was allowed by a user, or by itself (`user_id` None). Its tokens end with it."""

    client_id: str
    user_id: str | None = None
    session_id: str | None = None
    scope: str = ""
    created_at: datetime
    revoked_at: datetime | None = None


class AuthorizationCode(msgspec.Struct, frozen=True, kw_only=True):
    """Between the authorization endpoint and the token endpoint (RFC 6749, 4.1; RFC 7636)."""

    digest: str
    grant_id: str
    client_id: str
    user_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str
    auth_time: datetime
    expires_at: datetime


class RefreshToken(msgspec.Struct, frozen=True, kw_only=True):
    digest: str
    grant_id: str
    expires_at: datetime
    used_at: datetime | None = None


class SigningKey(_Kept, frozen=True, kw_only=True):
    """A key of the built-in provider; `sealed` holds its private JWK, encrypted."""

    sealed: bytes
    created_at: datetime


class SiteReference(msgspec.Struct, frozen=True):
    """What names a site (F15)."""

    kind: SiteReferenceKind
    value: str


class AccessRequest(_Kept, frozen=True, kw_only=True):
    """Somebody without an account asks for access (F15)."""

    created_at: datetime
    email: str
    name: str
    organisation: str
    phone: str = ""
    sites: tuple[tuple[SiteReference, ...], ...] = ()
    remarks: str = ""
    locale: str = "en"
    status: RequestStatus = RequestStatus.OPEN
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: str = ""
    user_id: str | None = None


class ContactRequest(_Kept, frozen=True, kw_only=True):
    """Somebody wants to be contacted about an area of interest (F15)."""

    created_at: datetime
    email: str
    name: str
    organisation: str = ""
    phone: str = ""
    area: str
    message: str = ""
    locale: str = "en"
    status: RequestStatus = RequestStatus.OPEN
    answered_at: datetime | None = None
    answered_by: str | None = None


class OutgoingMail(_Kept, frozen=True, kw_only=True):
    """A mail that waits to be sent. `sealed` holds its values, encrypted: there may be a link among them."""

    to: str
    kind: str
    locale: str
    sealed: bytes
    created_at: datetime
    attempts: int = 0


class CalendarView(msgspec.Struct, frozen=True, kw_only=True):
    """What of the calendar somebody wants: of all their equipment (None), or of what belongs to accounts, stands at
    locations or is named, by CRM Ids; of all kinds (None) or some."""

    account_ids: tuple[str, ...] | None = None
    location_ids: tuple[str, ...] | None = None
    installed_product_ids: tuple[str, ...] | None = None
    kinds: tuple[CalendarKind, ...] | None = None

    @property
    def names_some(self) -> bool:
        return any(each is not None for each in (self.account_ids, self.location_ids, self.installed_product_ids))


class CalendarFeed(_Kept, frozen=True, kw_only=True):
    """A calendar that a person's other programs read by a secret address (F8). `alarm_minutes`: before each entry."""

    user_id: str
    name: str
    view: CalendarView
    alarm_minutes: int | None = None
    created_at: datetime
    last_used_at: datetime | None = None


class ExportJob(_Kept, frozen=True, kw_only=True):
    """A table that is made for somebody (F9). `entitlement` tells the rights that it is made with; `beat_at`, when its
    maker was last at work; `reason`, for people, why it failed."""

    subject: str
    name: str
    list: ExportList
    status: ExportStatus = ExportStatus.RUNNING
    entitlement: str
    rows_done: int = 0
    rows_total: int | None = None
    reason: str = ""
    created_at: datetime
    beat_at: datetime
    expires_at: datetime


class AuditAction(Enum):
    """What is recorded."""

    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGNED_OUT = "SIGNED_OUT"
    SESSION_REVOKED = "SESSION_REVOKED"
    TOKEN_ISSUED = "TOKEN_ISSUED"
    TOKEN_REVOKED = "TOKEN_REVOKED"
    TOKEN_REUSED = "TOKEN_REUSED"
    LINK_SENT = "LINK_SENT"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"
    PREFERENCES_CHANGED = "PREFERENCES_CHANGED"
    ATTESTED = "ATTESTED"
    USER_INVITED = "USER_INVITED"
    USER_ACTIVATED = "USER_ACTIVATED"
    ROLE_CHANGED = "ROLE_CHANGED"
    ASSIGNMENTS_CHANGED = "ASSIGNMENTS_CHANGED"
    USER_DISABLED = "USER_DISABLED"
    USER_ENABLED = "USER_ENABLED"
    USER_UNLOCKED = "USER_UNLOCKED"
    USER_WARNED = "USER_WARNED"
    USER_DEACTIVATED = "USER_DEACTIVATED"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    CLIENT_ADDED = "CLIENT_ADDED"
    CLIENT_DISABLED = "CLIENT_DISABLED"
    ACCESS_REQUESTED = "ACCESS_REQUESTED"
    ACCESS_REQUEST_ANSWERED = "ACCESS_REQUEST_ANSWERED"
    CONTACT_REQUESTED = "CONTACT_REQUESTED"
    CONTACT_REQUEST_ANSWERED = "CONTACT_REQUEST_ANSWERED"
    ASSET_DATA_WRITTEN = "ASSET_DATA_WRITTEN"
    CASE_SUBMITTED = "CASE_SUBMITTED"
    CASE_CHANGED = "CASE_CHANGED"
    CALENDAR_FEED_ADDED = "CALENDAR_FEED_ADDED"
    CALENDAR_FEED_REVOKED = "CALENDAR_FEED_REVOKED"
    DELIVERY_RETRIED = "DELIVERY_RETRIED"
    DELIVERY_DISCARDED = "DELIVERY_DISCARDED"
    DOWNLOADED = "DOWNLOADED"
    EXPORTED = "EXPORTED"
    REFUSED = "REFUSED"


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, before it stands in the trail. `actor` and `subject` are ids of users or clients, or
    what the action is about; `details` never hold secrets."""

    action: AuditAction
    actor: str | None = None
    subject: str | None = None
    details: Mapping[str, str] = {}
    network: str = ""
    request_id: str = ""


class AuditEntry(AuditEvent, frozen=True, kw_only=True):
    """An event in the trail: its place, its time, and its hash, which holds that of the entry before."""

    number: int
    at: datetime
    hash: str


class AssetDataChange(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the customer's own data about an asset (R5)."""

    installed_product_id: str
    name: str | None = None
    description: str | None = None
    reference_number: str | None = None
    location_note: str | None = None
    changed_at: datetime
    changed_by: str | None = None
