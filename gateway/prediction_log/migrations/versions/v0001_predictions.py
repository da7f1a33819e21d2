"""Tables of predictions: answers, heads, words, embeddings; a partition a month."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NAME, REFERENCE, ID = sa.String(128), sa.String(256), sa.String(26)
BLOB = sa.LargeBinary()


def column(name: str, kind: Any, *, nullable: bool = False, **options: Any) -> sa.Column[Any]:
    """Return a column that has a value in every row, unless `nullable`."""
    return sa.Column(name, kind, nullable=nullable, **options)


def upgrade() -> None:
    """Make the tables."""
    _make_head_answer()
    _make_prediction()
    _make_prediction_embedding()
    _make_prediction_text()


def downgrade() -> None:
    """Drop the tables."""
    for table in ("prediction_text", "prediction_embedding", "prediction", "head_answer"):
        op.drop_table(table)


def _make_head_answer() -> None:
    op.create_table(
        "head_answer",
        column("at", TIME),
        column("prediction_id", ID),
        column("head", NAME),
        column("role", NAME),
        column("tenant", NAME),
        column("version", NAME),
        column("status", NAME),
        column("label", NAME, nullable=True),
        column("probability", sa.Double(), nullable=True),
        column("threshold", sa.Double(), nullable=True),
        column("margin", sa.Double(), nullable=True),
        column("abstained", sa.Boolean()),
        column("scores", JSON),
        column("thresholds", JSON),
        column("given_head", NAME, nullable=True),
        column("given_label", NAME, nullable=True),
        column("given_probability", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("at", "prediction_id", "head", "role", name="pk_head_answer"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_head_answer_head_version_at", "head_answer", ["head", "version", "at"])
    op.create_index("ix_head_answer_tenant_at", "head_answer", ["tenant", "at"])


def _make_prediction() -> None:
    op.create_table(
        "prediction",
        *_identity_columns(),
        *_answer_columns(),
        sa.PrimaryKeyConstraint("at", "id", name="pk_prediction"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_prediction_id", "prediction", ["id"])
    op.create_index("ix_prediction_tenant_at", "prediction", ["tenant", "at"])
    op.create_index("ix_prediction_tenant_subject_ref", "prediction", ["tenant", "subject_ref"])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_prediction_tags", "prediction", ["tags"], postgresql_using="gin")


def _identity_columns() -> list[sa.Column[Any]]:
    return [
        column("at", TIME),
        column("id", ID),
        column("request_id", NAME),
        column("batch_id", ID, nullable=True),
        column("tenant", NAME),
        column("key_id", NAME, nullable=True),
        column("subject_ref", REFERENCE, nullable=True),
        column("tags", JSON),
        column("gateway_version", NAME),
        column("cleaner_version", NAME),
        column("taxonomy_version", NAME),
        column("encoder_model", REFERENCE, nullable=True),
        column("encoder_fingerprint", NAME, nullable=True),
        column("encoders", JSON),
        column("head_set_generation", NAME, nullable=True),
        column("asked_heads", JSON, nullable=True),
        column("disabled_rules", JSON),
    ]


def _answer_columns() -> list[sa.Column[Any]]:
    return [
        column("decided_by", NAME, nullable=True),
        column("rule", NAME, nullable=True),
        column("intent", NAME, nullable=True),
        column("objection_reason", NAME, nullable=True),
        column("auto_kind", NAME, nullable=True),
        column("opt_out", NAME, nullable=True),
        column("abstained", sa.Boolean()),
        column("heads_asked", sa.Integer()),
        column("heads_answered", sa.Integer()),
        column("input_kind", NAME),
        column("scope", NAME),
        column("kept_chars", sa.Integer()),
        column("cut_chars", sa.Integer()),
        column("thread_chars", sa.Integer()),
        column("flags", JSON),
        column("tokens", sa.Integer(), nullable=True),
        column("tokens_total", sa.Integer(), nullable=True),
        column("unknown_tokens", sa.Integer(), nullable=True),
        column("truncated", sa.Boolean(), nullable=True),
        column("cache_path", NAME),
        column("clean_ms", sa.Double()),
        column("embed_ms", sa.Double()),
        column("heads_ms", sa.Double()),
        column("total_ms", sa.Double()),
        column("text_level", NAME),
        column("digest", BLOB, nullable=True),
        column("digest_key", NAME, nullable=True),
        column("cache_keys", BLOB, nullable=True),
        column("cache_keys_key", ID, nullable=True),
        column("erased_at", TIME, nullable=True),
    ]


def _make_prediction_embedding() -> None:
    op.create_table(
        "prediction_embedding",
        column("at", TIME),
        column("prediction_id", ID),
        column("fingerprint", NAME),
        column("view", NAME),
        column("tenant", NAME),
        column("dim", sa.Integer()),
        column("key_id", ID),
        column("ciphertext", BLOB),
        column("expires_at", TIME),
        sa.PrimaryKeyConstraint(
            "at", "prediction_id", "fingerprint", "view", name="pk_prediction_embedding"
        ),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_prediction_embedding_expires_at", "prediction_embedding", ["expires_at"])


def _make_prediction_text() -> None:
    op.create_table(
        "prediction_text",
        column("at", TIME),
        column("prediction_id", ID),
        column("tenant", NAME),
        column("level", NAME),
        column("key_id", ID),
        column("ciphertext", BLOB),
        column("expires_at", TIME),
        sa.PrimaryKeyConstraint("at", "prediction_id", name="pk_prediction_text"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_prediction_text_expires_at", "prediction_text", ["expires_at"])
