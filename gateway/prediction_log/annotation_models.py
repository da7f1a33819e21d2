"""Tables of what people label: texts in the queue, who holds and who labelled them, hold-outs."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.prediction_log.models import At, Base, Blob, Id, Json, Name, Reference


class AnnotationItem(Base):
    """A text to be labelled for one or several heads; `score` orders the queue, smallest first.

    `heads` are the heads with the labels to choose from, none where those that are served count.
    """

    __tablename__ = "annotation_item"
    __table_args__ = (
        Index(None, "state", "score"),
        Index(None, "tenant", "digest"),
        Index(None, "tenant", "subject_ref"),
        Index(None, "prediction_id"),
        Index(None, "expires_at"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[At]
    tenant: Mapped[Name] = mapped_column(default="")
    source: Mapped[Name]
    prediction_id: Mapped[Id | None]
    subject_ref: Mapped[Reference | None]
    heads: Mapped[Json]
    score: Mapped[float | None]
    annotators: Mapped[int]
    state: Mapped[Name]
    digest: Mapped[Blob]
    key_id: Mapped[Id]
    ciphertext: Mapped[Blob]
    expires_at: Mapped[At]


class AnnotationLease(Base):
    """That an annotator has a text before them, has labelled it, or could not.

    An `open` one that expired frees the place for others; nobody gets a text twice but through it.
    """

    __tablename__ = "annotation_lease"
    __table_args__ = (Index(None, "annotator", "at"),)

    item_id: Mapped[Id] = mapped_column(primary_key=True)
    annotator: Mapped[Reference] = mapped_column(primary_key=True)
    at: Mapped[At]
    expires_at: Mapped[At]
    state: Mapped[Name]


class AnnotationLabel(Base):
    """A head's label that an annotator, or who settled a dispute, gave a text; undone ones stay.

    `external` names the annotation of another tool that it came as, so that it is stored once.
    """

    __tablename__ = "annotation_label"
    __table_args__ = (
        Index(None, "item_id", "head"),
        Index(None, "by", "id"),
        Index(None, "external"),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    at: Mapped[At]
    tenant: Mapped[Name] = mapped_column(default="")
    item_id: Mapped[Id]
    head: Mapped[Name]
    label: Mapped[Name]
    by: Mapped[Reference]
    role: Mapped[Name]
    source: Mapped[Name]
    external: Mapped[Reference | None]
    undone_at: Mapped[At | None]


class AnnotationHoldout(Base):
    """The key of a text that judges heads: it is never labelled to train with."""

    __tablename__ = "annotation_holdout"

    key: Mapped[Name] = mapped_column(primary_key=True)
    at: Mapped[At]
