"""The log's tables of what comes after a prediction: feedback, erasure, audit, keys, figures."""

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.prediction_log.models import At, Base, Big, Blob, Id, Json, Name, Reference

_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")  # the one kind that SQLite counts up


class Feedback(Base):
    """A proposal that a head's answer be another label; pinned to the version that answered."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index(None, "prediction_id"),
        Index(None, "tenant", "at"),
        Index(None, "head", "head_version", "prediction_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[At]
    tenant: Mapped[Name] = mapped_column(default="")
    prediction_id: Mapped[Id]
    prediction_at: Mapped[At]
    head: Mapped[Name]
    head_version: Mapped[Name]
    role: Mapped[Name]
    answered_label: Mapped[Name | None]
    answered_probability: Mapped[float | None]
    answered_abstained: Mapped[bool | None]
    label: Mapped[Name]
    by: Mapped[Reference]
    key_id: Mapped[Name | None]
    source: Mapped[Name]
    state: Mapped[Name]
    decided_by: Mapped[Reference | None]
    decided_at: Mapped[At | None]
    superseded_by: Mapped[Id | None]
    exported_at: Mapped[At | None]


class FeedbackText(Base):
    """Words given with feedback (`comment`) or for training (`text`), encrypted as a text is."""

    __tablename__ = "feedback_text"
    __table_args__ = (Index(None, "expires_at"),)

    feedback_id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Name] = mapped_column(primary_key=True)
    tenant: Mapped[Name] = mapped_column(default="")
    consent: Mapped[bool]
    key_id: Mapped[Id]
    ciphertext: Mapped[Blob]
    expires_at: Mapped[At]


class IdempotencyKey(Base):
    """A caller's `Idempotency-Key`, what it was used for, and what was answered."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index(None, "expires_at"),)

    tenant: Mapped[Name] = mapped_column(primary_key=True, default="")
    route: Mapped[Name] = mapped_column(primary_key=True)
    key: Mapped[Name] = mapped_column(primary_key=True)
    request_digest: Mapped[Blob]
    status: Mapped[int]
    answer: Mapped[Json]
    at: Mapped[At]
    expires_at: Mapped[At]


class AuditEntry(Base):
    """One act on the log, without content; `hash` covers the row and the `hash` before it."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "tenant", "at"), UniqueConstraint("previous_hash"))

    seq: Mapped[int] = mapped_column(_SEQUENCE, primary_key=True, autoincrement=True)
    at: Mapped[At]
    tenant: Mapped[Name] = mapped_column(default="")
    actor: Mapped[Reference]
    act: Mapped[Name]
    subject_digest: Mapped[Blob | None]
    detail: Mapped[Json]
    previous_hash: Mapped[Blob]
    hash: Mapped[Blob]


class Erasure(Base):
    """A subject that was erased; what is logged of it with an earlier `at` is not taken in."""

    __tablename__ = "erasure"
    __table_args__ = (Index(None, "tenant", "subject_digest"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    tenant: Mapped[Name] = mapped_column(default="")
    subject_digest: Mapped[Blob]
    asked_at: Mapped[At]
    done_at: Mapped[At | None]
    state: Mapped[Name]
    counts: Mapped[Json]


class CachePurge(Base):
    """What every cache is to forget: sealed digests, or all it has where there are none."""

    __tablename__ = "cache_purge"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[At]
    key_name: Mapped[Name | None]
    ciphertext: Mapped[Blob | None]


class TenantKey(Base):
    """A tenant's data key, wrapped by a key of the setting; without `wrapped` it was dropped."""

    __tablename__ = "tenant_key"
    __table_args__ = (Index(None, "tenant", "made_at"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    tenant: Mapped[Name] = mapped_column(default="")
    master_key: Mapped[Name]
    wrapped: Mapped[Blob | None]
    made_at: Mapped[At]
    dropped_at: Mapped[At | None]


class HourlyFigure(Base):
    """An hour's count, sum and sum of squares of one figure, for statistics that read no rows.

    `kind` names the figure (`label`, `abstained`, `cache`, `latency`, `tag`), `name` its head, tag
    or stage, `value` its label or bucket.
    """

    __tablename__ = "hourly_figure"
    __table_args__ = (Index(None, "hour", "kind", "name"),)

    hour: Mapped[At] = mapped_column(primary_key=True)
    tenant: Mapped[Name] = mapped_column(primary_key=True, default="")
    kind: Mapped[Name] = mapped_column(primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    version: Mapped[Name] = mapped_column(primary_key=True)
    role: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[Reference] = mapped_column(primary_key=True)
    rows: Mapped[Big]
    total: Mapped[float]
    squares: Mapped[float]


class HourlyState(Base):
    """Up to where an hour's rows were counted; a row that comes later marks its hour stale."""

    __tablename__ = "hourly_state"

    hour: Mapped[At] = mapped_column(primary_key=True)
    counted_at: Mapped[At | None]
    stale: Mapped[bool]


class DriftReference(Base):
    """What a head version answered when it was promoted, to compare windows with."""

    __tablename__ = "drift_reference"

    head: Mapped[Name] = mapped_column(primary_key=True)
    version: Mapped[Name] = mapped_column(primary_key=True)
    at: Mapped[At]
    rows: Mapped[Big]
    figures: Mapped[Json]


class DriftWindow(Base):
    """How far one window of a head's answers lies from its reference."""

    __tablename__ = "drift_window"
    __table_args__ = (Index(None, "head", "version", "at"),)

    at: Mapped[At] = mapped_column(primary_key=True)
    head: Mapped[Name] = mapped_column(primary_key=True)
    version: Mapped[Name] = mapped_column(primary_key=True)
    measure: Mapped[Name] = mapped_column(String(64), primary_key=True)
    tenant: Mapped[Name] = mapped_column(primary_key=True, default="")
    seconds: Mapped[int]
    rows: Mapped[Big]
    distance: Mapped[float]
    threshold: Mapped[float]
    drifted: Mapped[bool]
