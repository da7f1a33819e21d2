"""Types of what a gateway has recorded; what may hold words of an email is in no `repr`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trunkline.client.answers import Condition, Decision


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Feedback(_Shape):
    """A correction as it was stored; `version` is that of the head, or the rule, it judges."""

    id: str
    prediction_id: str
    head: str
    version: str
    label: str
    answered_label: str | None = None
    state: str
    supersedes: str | None = None


class StoredFeedback(_Shape):
    """A correction of a recorded answer."""

    id: str
    at: datetime
    head: str
    version: str
    label: str
    answered_label: str | None = None
    by: str
    state: str
    superseded_by: str | None = None
    comment: str | None = Field(None, repr=False)


class StoredHead(_Shape):
    """What one head answered; `role` is "production", "candidate" or "shadow"."""

    head: str
    role: str
    version: str
    status: str
    label: str | None = None
    probability: float | None = None
    threshold: float | None = None
    margin: float | None = None
    abstained: bool = False
    scores: Mapping[str, float] = {}
    given: Condition | None = None


class Prediction(_Shape):
    """A recorded answer. `words` are there where they were asked for, kept, and readable."""

    id: str
    at: datetime
    request_id: str
    tenant: str = ""
    subject_ref: str | None = Field(None, repr=False)
    tags: Mapping[str, str] = {}
    versions: Mapping[str, str | None] = {}
    decision: Decision
    heads: tuple[StoredHead, ...] = ()
    encoders: tuple[Mapping[str, Any], ...] = ()
    cache: str = ""
    feedback: tuple[StoredFeedback, ...] = ()
    words: str | None = Field(None, repr=False)


class Page(_Shape):
    """Recorded answers, the newest first; `next` is the next page's cursor, None on the last."""

    items: tuple[Prediction, ...]
    next: str | None = None


class SubjectData(_Shape):
    """Everything that is held of a subject."""

    subject_ref: str = Field(repr=False)
    tenant: str = ""
    predictions: tuple[Prediction, ...] = ()


class Erasure(_Shape):
    """What an erasure took out: rows by table."""

    id: str
    at: datetime
    rows: Mapping[str, int]
