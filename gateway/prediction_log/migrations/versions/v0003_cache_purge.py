"""A table of what all caches are to forget after an erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "cache_purge",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_name", sa.String(128), nullable=True),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_cache_purge"),
    )
    op.create_index("ix_cache_purge_at", "cache_purge", ["at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("cache_purge")
