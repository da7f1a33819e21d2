"""Tables of what people label."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NAME, REFERENCE, ID = sa.String(128), sa.String(256), sa.String(26)
BLOB = sa.LargeBinary()
_INDEXES = {
    "annotation_item": (
        ("state", "score"), ("tenant", "digest"), ("tenant", "subject_ref"), ("prediction_id",),
        ("expires_at",),
    ),
    "annotation_lease": (("annotator", "at"),),
    "annotation_label": (("item_id", "head"), ("by", "id"), ("external",)),
}  # fmt: skip


def column(name: str, kind: Any, *, nullable: bool = False) -> sa.Column[Any]:
    """Return a column that has a value in every row, unless `nullable`."""
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    _make_item()
    _make_lease()
    _make_label()
    op.create_table(
        "annotation_holdout",
        column("key", NAME),
        column("at", TIME),
        sa.PrimaryKeyConstraint("key", name="pk_annotation_holdout"),
    )
    for table, indexes in _INDEXES.items():
        for columns in indexes:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    """Drop the tables."""
    for table in ("annotation_holdout", *_INDEXES):
        op.drop_table(table)


def _make_item() -> None:
    op.create_table(
        "annotation_item",
        column("id", ID),
        column("at", TIME),
        column("tenant", NAME),
        column("source", NAME),
        column("prediction_id", ID, nullable=True),
        column("subject_ref", REFERENCE, nullable=True),
        column("heads", JSON),
        column("score", sa.Double(), nullable=True),
        column("annotators", sa.Integer()),
        column("state", NAME),
        column("digest", BLOB),
        column("key_id", ID),
        column("ciphertext", BLOB),
        column("expires_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_annotation_item"),
    )


def _make_lease() -> None:
    op.create_table(
        "annotation_lease",
        column("item_id", ID),
        column("annotator", REFERENCE),
        column("at", TIME),
        column("expires_at", TIME),
        column("state", NAME),
        sa.PrimaryKeyConstraint("item_id", "annotator", name="pk_annotation_lease"),
    )


def _make_label() -> None:
    op.create_table(
        "annotation_label",
        column("id", ID),
        column("at", TIME),
        column("tenant", NAME),
        column("item_id", ID),
        column("head", NAME),
        column("label", NAME),
        column("by", REFERENCE),
        column("role", NAME),
        column("source", NAME),
        column("external", REFERENCE, nullable=True),
        column("undone_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_annotation_label"),
    )
