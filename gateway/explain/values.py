"""The values of an explanation: of one head's answer about one text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from gateway.explain.segments import Span
from gateway.mail import CleanedMail

Level = Literal["sentence", "word"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be explained: a text or a prediction, a head, and its label (None: its best)."""

    text: str | None
    prediction_id: str | None
    head: str
    label: str | None
    level: Level


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded answer's words (None: not kept), and its encoders by their fingerprints."""

    text: str | None
    encoders: frozenset[str]


@dataclass(frozen=True, slots=True)
class HeadDecision:
    """A head's own answer about a text: its best label, whether it may be acted on."""

    label: str
    probability: float
    threshold: float
    abstained: bool

    @property
    def outcome(self) -> tuple[str, bool]:
        """Return what acts: the label, and whether it is abstained from."""
        return self.label, self.abstained


@dataclass(frozen=True, slots=True)
class Part:
    """A span of the text, and what it gives to the label in units of log-odds."""

    span: Span
    share: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A segment's share, and the label's probability with it alone and with all but it."""

    span: Span
    share: float
    alone: float
    without: float | None  # None: it is all there is


@dataclass(frozen=True, slots=True)
class Flip:
    """The smallest deletion known to change the head's answer, and the answer then."""

    spans: tuple[Span, ...]
    decision: HeadDecision


@dataclass(frozen=True, slots=True)
class Ngram:
    """An n-gram's share of the lexical member's logit, and every place of it."""

    spans: tuple[Span, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Words:
    """One member's logit: `base`, its words or n-grams, and `rest`; they sum to `total`."""

    base: float
    total: float
    rest: float
    words: tuple[Part, ...] = ()
    ngrams: tuple[Ngram, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a head answered as it did about a text; spans are of the cleaned text.

    By sentences, or by the words of its linear and its lexical member. `base` and `total` are the
    label's log-odds without any text and with all of it. `forwards` ran for it.
    """

    version: str
    fingerprint: str
    label: str
    decision: HeadDecision
    base: float
    total: float
    forwards: int
    sentences: tuple[Sentence, ...] = ()
    flip: Flip | None = None
    linear: Words | None = None
    lexical: Words | None = None
    cached: bool = False

    def from_cache(self) -> Explanation:
        """Return it as one that cost nothing."""
        return replace(self, forwards=0, cached=True)


@dataclass(frozen=True, slots=True)
class RuleReason:
    """The rule that decided alone, what it means, and its words (None: they are no words)."""

    rule: str
    meaning: str
    decision: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Reason:
    """The answer to a question: a rule's reason or an explanation, the mail, and what was sent."""

    mail: CleanedMail
    sent: str
    why: Explanation | RuleReason
