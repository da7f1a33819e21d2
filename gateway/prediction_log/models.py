"""The log's tables of predictions: one row an answer, one a head, words and vectors apart."""

from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Index, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

JSON_VALUE = JSON().with_variant(JSONB(), "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """An aware time; kept in UTC by every database, also where it knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC; raise ValueError for one without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time needs its zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


At = Annotated[datetime, mapped_column(UtcTime())]
Json = Annotated[Any, mapped_column(JSON_VALUE)]
Id = Annotated[str, mapped_column(String(26))]
Name = Annotated[str, mapped_column(String(128))]
Reference = Annotated[str, mapped_column(String(256))]
Blob = Annotated[bytes, mapped_column(LargeBinary())]
Big = Annotated[int, mapped_column(BigInteger())]


class Base(DeclarativeBase):
    """The registry of every table of the log."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


PARTITIONED = ("prediction", "head_answer", "prediction_text", "prediction_embedding")
"""Tables that PostgreSQL keeps in a partition a month, by `at`."""
_BY_MONTH = {"postgresql_partition_by": "RANGE (at)"}


class Prediction(Base):
    """One answer. `at` is the time within `id`, so that both name it: a resend has the same."""

    __tablename__ = "prediction"
    __table_args__ = (
        Index(None, "tenant", "at"),
        Index(None, "tenant", "subject_ref"),
        Index(None, "id"),
        Index(None, "tags", postgresql_using="gin").ddl_if(dialect="postgresql"),
        _BY_MONTH,
    )

    at: Mapped[At] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    request_id: Mapped[Name]
    batch_id: Mapped[Id | None]
    tenant: Mapped[Name] = mapped_column(default="")
    key_id: Mapped[Name | None]
    subject_ref: Mapped[Reference | None]
    tags: Mapped[Json]

    gateway_version: Mapped[Name]
    cleaner_version: Mapped[Name]
    taxonomy_version: Mapped[Name]
    encoder_model: Mapped[Reference | None]
    encoder_fingerprint: Mapped[Name | None]
    encoders: Mapped[Json]
    head_set_generation: Mapped[Name | None]
    asked_heads: Mapped[Json | None]
    disabled_rules: Mapped[Json]

    decided_by: Mapped[Name | None]
    rule: Mapped[Name | None]
    intent: Mapped[Name | None]
    objection_reason: Mapped[Name | None]
    auto_kind: Mapped[Name | None]
    opt_out: Mapped[Name | None]
    abstained: Mapped[bool]
    heads_asked: Mapped[int]
    heads_answered: Mapped[int]

    input_kind: Mapped[Name]
    scope: Mapped[Name]
    kept_chars: Mapped[int]
    cut_chars: Mapped[int]
    thread_chars: Mapped[int]
    flags: Mapped[Json]
    tokens: Mapped[int | None]
    tokens_total: Mapped[int | None]
    unknown_tokens: Mapped[int | None]
    truncated: Mapped[bool | None]

    cache_path: Mapped[Name]
    clean_ms: Mapped[float]
    embed_ms: Mapped[float]
    heads_ms: Mapped[float]
    total_ms: Mapped[float]

    text_level: Mapped[Name]
    digest: Mapped[Blob | None]
    digest_key: Mapped[Name | None]
    cache_keys: Mapped[Blob | None]
    cache_keys_key: Mapped[Id | None]
    erased_at: Mapped[At | None]


class HeadAnswer(Base):
    """What one head answered; a shadow's answer stands beside that of production."""

    __tablename__ = "head_answer"
    __table_args__ = (Index(None, "head", "version", "at"), Index(None, "tenant", "at"), _BY_MONTH)

    at: Mapped[At] = mapped_column(primary_key=True)
    prediction_id: Mapped[Id] = mapped_column(primary_key=True)
    head: Mapped[Name] = mapped_column(primary_key=True)
    role: Mapped[Name] = mapped_column(primary_key=True)
    tenant: Mapped[Name] = mapped_column(default="")
    version: Mapped[Name]
    status: Mapped[Name]
    label: Mapped[Name | None]
    probability: Mapped[float | None]
    threshold: Mapped[float | None]
    margin: Mapped[float | None]
    abstained: Mapped[bool]
    scores: Mapped[Json]
    thresholds: Mapped[Json]
    given_head: Mapped[Name | None]
    given_label: Mapped[Name | None]
    given_probability: Mapped[float | None]


class PredictionText(Base):
    """The cleaned words of a prediction, encrypted with a key of its tenant."""

    __tablename__ = "prediction_text"
    __table_args__ = (Index(None, "expires_at"), _BY_MONTH)

    at: Mapped[At] = mapped_column(primary_key=True)
    prediction_id: Mapped[Id] = mapped_column(primary_key=True)
    tenant: Mapped[Name] = mapped_column(default="")
    level: Mapped[Name]
    key_id: Mapped[Id]
    ciphertext: Mapped[Blob]
    expires_at: Mapped[At]


class PredictionEmbedding(Base):
    """One view of a prediction's text as fp16, encrypted with a key of its tenant."""

    __tablename__ = "prediction_embedding"
    __table_args__ = (Index(None, "expires_at"), _BY_MONTH)

    at: Mapped[At] = mapped_column(primary_key=True)
    prediction_id: Mapped[Id] = mapped_column(primary_key=True)
    fingerprint: Mapped[Name] = mapped_column(primary_key=True)
    view: Mapped[Name] = mapped_column(primary_key=True)
    tenant: Mapped[Name] = mapped_column(default="")
    dim: Mapped[int]
    key_id: Mapped[Id]
    ciphertext: Mapped[Blob]
    expires_at: Mapped[At]
