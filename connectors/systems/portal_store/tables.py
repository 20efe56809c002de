"""The store's tables, as the newest migration leaves them. A column is called as its record's attribute."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC: SQLite would forget its zone. ValueError for a naive one."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a zone can't be kept")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = String(36)
_DIGEST = String(64)


def _user(*, nullable: bool = False) -> Column[str]:
    return Column("user_id", _ID, ForeignKey("users.id", ondelete="CASCADE"), nullable=nullable, index=True)


custom_asset_data = Table(
    "custom_asset_data",
    metadata,
    Column("installed_product_id", String(18), primary_key=True),  # the CRM's Id
    Column("name", Text),
    Column("description", Text),
    Column("reference_number", Text),
    Column("location_note", Text),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("updated_by", Text),
)

custom_asset_data_history = Table(
    "custom_asset_data_history",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("installed_product_id", String(18), nullable=False, index=True),
    Column("name", Text),
    Column("description", Text),
    Column("reference_number", Text),
    Column("location_note", Text),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("changed_by", Text),
)

users = Table(
    "users",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False),  # lower case, by which it is looked up
    Column("name", Text, nullable=False),
    Column("role", String(20), nullable=False),
    Column("parent_account", String(10), index=True),
    Column("status", String(20), nullable=False),
    Column("locale", String(10), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("older_portal", Boolean, nullable=False),
    Column("frozen_since", Date),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_active_at", UtcDateTime),
    Column("warned_at", UtcDateTime),
    Column("deactivated_at", UtcDateTime),
    Column("needs_helpdesk", Boolean, nullable=False),
    Column("attested_at", UtcDateTime),
    Column("password_changed_at", UtcDateTime),
    Column("version", Integer, nullable=False),
    UniqueConstraint("email_folded", "older_portal"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("user_id", _ID, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("account_number", String(10), primary_key=True),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("assigned_by", Text),
)

attestations = Table(
    "attestations",
    metadata,
    Column("user_id", _ID, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("statement", String(40), primary_key=True),  # which wording was confirmed
    Column("attested_at", UtcDateTime, nullable=False),
    Column("network", Text, nullable=False),
)

clients = Table(
    "clients",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_digest", _DIGEST),
    Column("redirect_uris", JSON, nullable=False),
    Column("logout_uris", JSON, nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("accounts", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("last_active_at", UtcDateTime),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", String(255), primary_key=True),
    _user(nullable=True),
    Column("client_id", String(100), ForeignKey("clients.id", ondelete="CASCADE"), index=True),
)

passwords = Table(
    "passwords",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _user(),
    Column("hashed", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("digest", _DIGEST, nullable=False, unique=True),
    _user(),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("digest", _DIGEST, nullable=False, unique=True),
    _user(),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("device", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("issuer", Text),
    Column("subject", String(255)),
    Column("provider_session", Text),
    Index("ix_sessions_issuer", "issuer", "subject"),
)

grants = Table(
    "grants",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", String(100), ForeignKey("clients.id", ondelete="CASCADE"), nullable=False, index=True),
    _user(nullable=True),
    Column("session_id", _ID, index=True),
    Column("scope", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)


def _grant() -> Column[str]:
    return Column("grant_id", _ID, ForeignKey("grants.id", ondelete="CASCADE"), nullable=False, index=True)


authorization_codes = Table(
    "authorization_codes",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    _grant(),
    Column("client_id", String(100), nullable=False),
    Column("user_id", _ID, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("nonce", Text),
    Column("code_challenge", Text, nullable=False),
    Column("auth_time", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("digest", _DIGEST, primary_key=True),
    _grant(),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

access_requests = Table(
    "access_requests",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("sites", JSON, nullable=False),
    Column("remarks", Text, nullable=False),
    Column("locale", String(10), nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("answered_at", UtcDateTime),
    Column("answered_by", Text),
    Column("answer", Text, nullable=False),
    Column("user_id", _ID, ForeignKey("users.id", ondelete="SET NULL")),
)

contact_requests = Table(
    "contact_requests",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("locale", String(10), nullable=False),
    Column("status", String(20), nullable=False, index=True),
    Column("answered_at", UtcDateTime),
    Column("answered_by", Text),
)

mails = Table(
    "mails",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("to", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("locale", String(10), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False, index=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", _ID, nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("submission", _ID, nullable=False),
    Column("reference", String(40), nullable=False),
    Column("case_number", String(40), nullable=False, index=True),
    Column("lane", String(60), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
    Column("actor", Text, nullable=False),
    Column("key", String(200)),
    Column("fingerprint", _DIGEST),
    Column("created_at", UtcDateTime, nullable=False),
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("finished_at", UtcDateTime, index=True),
    Column("case_id", String(20)),
    Column("code", Text, nullable=False),
    Column("words", Text, nullable=False),
    Index("ix_deliveries_status", "status", "number"),
    Index("ix_deliveries_actor", "actor", "fingerprint", "created_at"),
    UniqueConstraint("actor", "key", name="uq_deliveries_actor"),
)

mail_wishes = Table(
    "mail_wishes",
    metadata,
    Column("user_id", _ID, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", String(40), primary_key=True),
)

known_states = Table(
    "known_states",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", String(60), primary_key=True),
    Column("state", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    Column("id", _ID, primary_key=True),
    _user(),
    Column("name", Text, nullable=False),
    Column("view", JSON, nullable=False),
    Column("alarm_minutes", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime),
)

export_jobs = Table(
    "export_jobs",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("subject", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("list", String(20), nullable=False),
    Column("status", String(20), nullable=False),
    Column("entitlement", Text, nullable=False),
    Column("rows_done", Integer, nullable=False),
    Column("rows_total", Integer),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("action", String(40), nullable=False, index=True),
    Column("actor", Text, index=True),
    Column("subject", Text, index=True),
    Column("details", JSON, nullable=False),
    Column("network", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("hash", _DIGEST, nullable=False),
)
