"""The tables of the search index; beside them `search_texts`, which each database has of its own kind."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from connectors.systems.portal_store.tables import UtcDateTime, metadata

search_entries = Table(
    "search_entries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", String(24), nullable=False),
    Column("facts", LargeBinary, nullable=False),
    UniqueConstraint("kind", "key", name="uq_search_entries_kind"),
)

search_grants = Table(
    "search_grants",
    metadata,
    Column(
        "entry_id",
        BigInteger().with_variant(Integer, "sqlite"),
        ForeignKey("search_entries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("account", String(40), nullable=False),
    Column("asset", String(40)),
    Index("ix_search_grants_entry_id", "entry_id", "account"),
    Index("ix_search_grants_account", "account", "entry_id"),
)

search_words = Table("search_words", metadata, Column("word", String(60), primary_key=True))

search_state = Table(
    "search_state",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
