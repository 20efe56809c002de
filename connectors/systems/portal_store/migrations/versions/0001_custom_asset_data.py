"""The customer's own data about assets (R5)."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "custom_asset_data",
        sa.Column("installed_product_id", sa.String(18), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.Column("reference_number", sa.Text()),
        sa.Column("location_note", sa.Text()),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("updated_by", sa.Text()),
        sa.PrimaryKeyConstraint("installed_product_id", name=op.f("pk_custom_asset_data")),
    )


def downgrade() -> None:
    op.drop_table("custom_asset_data")
