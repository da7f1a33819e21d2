"""What is put into the queue, what an annotator is shown of it, and where it stands, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.prediction_log.values import PAGE

Heads = Mapping[str, Sequence[str]]
"""Heads with the labels to choose from; none where those that are served count."""
MOST_ANNOTATORS = 9


@dataclass(frozen=True)
class NewText:
    """A text to be labelled; without `expires_at` it is kept as long as the tenant's words are."""

    text: str = field(repr=False)
    heads: Heads
    source: str = "file"
    tenant: str = ""
    subject_ref: str | None = None
    prediction_id: str | None = None
    score: float | None = None
    annotators: int = 2
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Added:
    """How many texts were taken, and why the others were not."""

    added: int = 0
    known: int = 0
    held_out: int = 0
    without_words: int = 0


@dataclass(frozen=True)
class Question:
    """One head of a text, with its labels; `given` is what this annotator answered, if they did."""

    head: str
    labels: Sequence[str]
    given: str | None = None


@dataclass(frozen=True)
class Task:
    """A text as one annotator has it before them; `text` is None where it cannot be read."""

    id: str
    tenant: str
    text: str | None = field(repr=False)
    prediction_id: str | None
    score: float | None
    questions: Sequence[Question]

    @property
    def question(self) -> Question | None:
        """The first head that this annotator has not labelled; None where nothing can be."""
        return next((each for each in self.questions if each.given is None), None)


@dataclass(frozen=True)
class Dispute:
    """A text whose annotators disagree: for each such head its labels, each by how many."""

    id: str
    tenant: str
    text: str | None = field(repr=False)
    head: str
    labels: Sequence[str]
    given: Mapping[str, int]
    left: int


@dataclass(frozen=True)
class Progress:
    """Where the queue stands for one annotator: texts by state, and what they did and may do."""

    total: int
    open: int
    agreed: int
    disputed: int
    resolved: int
    mine: int
    skipped: int
    held_by_others: int


@dataclass(frozen=True)
class Given:
    """What an annotator says: this head of this text has this label."""

    item_id: str
    head: str
    label: str
    by: str
    source: str = PAGE
    external: str | None = None
