"""Tables of what comes after a prediction: feedback, erasure, audit, keys, figures, drift."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NAME, REFERENCE, ID = sa.String(128), sa.String(256), sa.String(26)
BLOB = sa.LargeBinary()
SEQUENCE = sa.BigInteger().with_variant(
    sa.Integer(), "sqlite"
)  # the one kind that SQLite counts up


def column(name: str, kind: Any, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    """Return a column that has a value in every row, unless `nullable`."""
    return sa.Column(name, kind, nullable=nullable, **options)


def upgrade() -> None:
    """Make the tables."""
    _make_audit()
    _make_drift_reference()
    _make_drift_window()
    _make_erasure()
    _make_feedback()
    _make_feedback_text()
    _make_hourly_figure()
    _make_hourly_state()
    _make_idempotency_key()
    _make_tenant_key()


def downgrade() -> None:
    """Drop the tables."""
    for table in (
        "tenant_key",
        "idempotency_key",
        "hourly_state",
        "hourly_figure",
        "feedback_text",
        "feedback",
        "erasure",
        "drift_window",
        "drift_reference",
        "audit",
    ):
        op.drop_table(table)


def _make_audit() -> None:
    op.create_table(
        "audit",
        column("seq", SEQUENCE, autoincrement=True),
        column("at", TIME),
        column("tenant", NAME),
        column("actor", REFERENCE),
        column("act", NAME),
        column("subject_digest", BLOB, nullable=True),
        column("detail", JSON),
        column("previous_hash", BLOB),
        column("hash", BLOB),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
        sa.UniqueConstraint("previous_hash", name="uq_audit_previous_hash"),
    )
    op.create_index("ix_audit_tenant_at", "audit", ["tenant", "at"])


def _make_drift_reference() -> None:
    op.create_table(
        "drift_reference",
        column("head", NAME),
        column("version", NAME),
        column("at", TIME),
        column("rows", sa.BigInteger()),
        column("figures", JSON),
        sa.PrimaryKeyConstraint("head", "version", name="pk_drift_reference"),
    )


def _make_drift_window() -> None:
    op.create_table(
        "drift_window",
        column("at", TIME),
        column("head", NAME),
        column("version", NAME),
        column("measure", sa.String(length=64)),
        column("tenant", NAME),
        column("seconds", sa.Integer()),
        column("rows", sa.BigInteger()),
        column("distance", sa.Double()),
        column("threshold", sa.Double()),
        column("drifted", sa.Boolean()),
        sa.PrimaryKeyConstraint(
            "at", "head", "version", "measure", "tenant", name="pk_drift_window"
        ),
    )
    op.create_index("ix_drift_window_head_version_at", "drift_window", ["head", "version", "at"])


def _make_erasure() -> None:
    op.create_table(
        "erasure",
        column("id", ID),
        column("tenant", NAME),
        column("subject_digest", BLOB),
        column("asked_at", TIME),
        column("done_at", TIME, nullable=True),
        column("state", NAME),
        column("counts", JSON),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
    )
    op.create_index("ix_erasure_tenant_subject_digest", "erasure", ["tenant", "subject_digest"])


def _make_feedback() -> None:
    op.create_table(
        "feedback",
        column("id", ID),
        column("at", TIME),
        column("tenant", NAME),
        column("prediction_id", ID),
        column("prediction_at", TIME),
        column("head", NAME),
        column("head_version", NAME),
        column("role", NAME),
        column("answered_label", NAME, nullable=True),
        column("answered_probability", sa.Double(), nullable=True),
        column("answered_abstained", sa.Boolean(), nullable=True),
        column("label", NAME),
        column("by", REFERENCE),
        column("key_id", NAME, nullable=True),
        column("source", NAME),
        column("state", NAME),
        column("decided_by", REFERENCE, nullable=True),
        column("decided_at", TIME, nullable=True),
        column("superseded_by", ID, nullable=True),
        column("exported_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
    )
    op.create_index(
        "ix_feedback_head_head_version_prediction_at",
        "feedback",
        ["head", "head_version", "prediction_at"],
    )
    op.create_index("ix_feedback_prediction_id", "feedback", ["prediction_id"])
    op.create_index("ix_feedback_tenant_at", "feedback", ["tenant", "at"])


def _make_feedback_text() -> None:
    op.create_table(
        "feedback_text",
        column("feedback_id", ID),
        column("kind", NAME),
        column("tenant", NAME),
        column("consent", sa.Boolean()),
        column("key_id", ID),
        column("ciphertext", BLOB),
        column("expires_at", TIME),
        sa.PrimaryKeyConstraint("feedback_id", "kind", name="pk_feedback_text"),
    )
    op.create_index("ix_feedback_text_expires_at", "feedback_text", ["expires_at"])


def _make_hourly_figure() -> None:
    op.create_table(
        "hourly_figure",
        column("hour", TIME),
        column("tenant", NAME),
        column("kind", NAME),
        column("name", NAME),
        column("version", NAME),
        column("role", NAME),
        column("value", REFERENCE),
        column("rows", sa.BigInteger()),
        column("total", sa.Double()),
        column("squares", sa.Double()),
        sa.PrimaryKeyConstraint(
            "hour", "tenant", "kind", "name", "version", "role", "value", name="pk_hourly_figure"
        ),
    )
    op.create_index("ix_hourly_figure_hour_kind_name", "hourly_figure", ["hour", "kind", "name"])


def _make_hourly_state() -> None:
    op.create_table(
        "hourly_state",
        column("hour", TIME),
        column("counted_at", TIME, nullable=True),
        column("stale", sa.Boolean()),
        sa.PrimaryKeyConstraint("hour", name="pk_hourly_state"),
    )


def _make_idempotency_key() -> None:
    op.create_table(
        "idempotency_key",
        column("tenant", NAME),
        column("route", NAME),
        column("key", NAME),
        column("request_digest", BLOB),
        column("status", sa.Integer()),
        column("answer", JSON),
        column("at", TIME),
        column("expires_at", TIME),
        sa.PrimaryKeyConstraint("tenant", "route", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_expires_at", "idempotency_key", ["expires_at"])


def _make_tenant_key() -> None:
    op.create_table(
        "tenant_key",
        column("id", ID),
        column("tenant", NAME),
        column("master_key", NAME),
        column("wrapped", BLOB, nullable=True),
        column("made_at", TIME),
        column("dropped_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tenant_key"),
    )
    op.create_index("ix_tenant_key_tenant_made_at", "tenant_key", ["tenant", "made_at"])
