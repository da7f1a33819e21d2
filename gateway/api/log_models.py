"""Models of what the prediction log's routes take and answer."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.api.caller_fields import SubjectRef
from gateway.api.request_models import HeadName
from gateway.api.response_models import (
    ConditionShape,
    DecisionShape,
    EncoderShape,
    Shape,
    TimingsShape,
)

MAX_COMMENT_CHARS = 2_000
PredictionId = Annotated[str, StringConstraints(pattern=r"^[0-6][0-9A-HJKMNP-TV-Z]{25}$")]
"""A ULID of a time that there is: those that begin with 7 are of years after 9999."""


class FeedbackRequest(BaseModel):
    """A correction: what a head should have answered, and who holds that."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prediction_id: PredictionId
    head: HeadName
    label: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(
        description="one of the head's labels; the answered one confirms it"
    )
    by: SubjectRef = Field(description="who says so: opaque, no address")
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT_CHARS)] | None = Field(
        None, description="kept encrypted, as long as words are", repr=False
    )


class FeedbackShape(Shape):
    """A correction as it was stored: a proposal, beside the version that it judges."""

    id: str
    prediction_id: str
    head: str
    version: str = Field(description="the head's version, or the rule that decided alone")
    role: Literal["production", "candidate", "rule"]
    answered_label: str | None
    label: str
    state: Literal["proposed", "accepted", "rejected"]
    supersedes: str | None = Field(description="what the same person said before of it")


class VersionsShape(Shape):
    """What answered then."""

    gateway: str
    cleaner: str
    taxonomy: str
    head_set_generation: str | None


class StoredHeadShape(Shape):
    """What one head answered then; a shadow's answer stands beside that of production."""

    head: str
    role: Literal["production", "candidate", "shadow"]
    version: str
    status: str
    label: str | None
    probability: float | None
    threshold: float | None
    margin: float | None
    abstained: bool
    scores: dict[str, float]
    given: ConditionShape | None


class StoredTextShape(Shape):
    """What is known of the email without its words."""

    kind: Literal["text", "html", "raw"]
    scope: Literal["newest", "thread"]
    kept_chars: int
    cut_chars: int
    thread_chars: int
    flags: list[str]
    level: Literal["none", "hash", "redacted", "full"] = Field(
        description="what was to be kept of its words then"
    )


class StoredFeedbackShape(Shape):
    """A correction of this answer."""

    id: str
    at: datetime
    head: str
    version: str
    role: str
    answered_label: str | None
    label: str
    by: str
    source: str
    state: Literal["proposed", "accepted", "rejected"]
    decided_by: str | None
    superseded_by: str | None
    comment: str | None = Field(None, repr=False)


class StoredVectorShape(Shape):
    """A view of the email's text as little-endian fp16, in base64."""

    fingerprint: str
    view: str
    fp16: str | None = Field(repr=False)


class PredictionShape(Shape):
    """A recorded answer."""

    id: str
    at: datetime
    request_id: str
    batch_id: str | None
    tenant: str
    subject_ref: str | None
    tags: dict[str, str]
    versions: VersionsShape
    decision: DecisionShape
    auto_kind: str | None
    heads: list[StoredHeadShape]
    text: StoredTextShape
    encoders: list[EncoderShape]
    cache: Literal["answer", "hit", "coalesced", "miss", "none"]
    timings_ms: TimingsShape
    feedback: list[StoredFeedbackShape]
    words: str | None = Field(
        None,
        description="with `words=true`: the cleaned words, null where none are kept or readable",
        repr=False,
    )
    embeddings: list[StoredVectorShape] = Field([], description="in a subject's data alone")


class PredictionsShape(Shape):
    """A page of recorded answers, the newest first."""

    items: list[PredictionShape]
    next: str | None = Field(description="`cursor` of the next page; null on the last")


class AnnotationLabelShape(Shape):
    """What somebody held a head of a text to be; it does not hold any more where it was undone."""

    at: datetime
    head: str
    label: str
    by: str
    role: Literal["annotator", "adjudicator"]
    source: str
    undone_at: datetime | None


class AnnotationShape(Shape):
    """A text in the queue of texts that people label."""

    id: str
    at: datetime
    source: str
    prediction_id: str | None
    state: str
    text: str | None = Field(repr=False)
    labels: list[AnnotationLabelShape]


class SubjectShape(Shape):
    """Everything that is held of a subject."""

    subject_ref: str
    tenant: str
    predictions: list[PredictionShape]
    annotations: list[AnnotationShape] = Field([], description="its texts that people label")


class ErasureShape(Shape):
    """What an erasure took out: rows by table."""

    id: str
    at: datetime
    rows: dict[str, int]
