"""Mails on changes: who wants to be told of what, and what was last known."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "mail_wishes",
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mail_wishes_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_mail_wishes")),
    )
    op.create_table(
        "known_states",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_known_states")),
    )
    op.create_index(op.f("ix_known_states_at"), "known_states", ["at"], unique=False)


def downgrade() -> None:
    op.drop_table("known_states")
    op.drop_table("mail_wishes")
