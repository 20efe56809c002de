"""An index of what the systems hold."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "search_entries",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=24), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("kind", "key", name="uq_search_entries_kind"),
    )
    op.create_table(
        "search_grants",
        sa.Column("entry_id", _NUMBER, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("asset", sa.String(length=40)),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["search_entries.id"], name=op.f("fk_search_grants_entry_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_search_grants_entry_id", "search_grants", ["entry_id", "account"], unique=False)
    op.create_index("ix_search_grants_account", "search_grants", ["account", "entry_id"], unique=False)
    op.create_table(
        "search_words",
        sa.Column("word", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_words")),
    )
    op.create_table(
        "search_state",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search_state")),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE search_texts ("
            "id BIGINT PRIMARY KEY REFERENCES search_entries (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX ix_search_texts_words ON search_texts USING GIN (words)")
    else:
        op.execute(
            "CREATE VIRTUAL TABLE search_texts USING fts5("
            "numbers, title, body, prefix='2 3 4', tokenize=\"unicode61 remove_diacritics 0\")"
        )


def downgrade() -> None:
    for table in ("search_texts", "search_state", "search_words", "search_grants", "search_entries"):
        op.drop_table(table)
