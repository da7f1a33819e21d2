"""Decides an email's opt-out state: proof by a rule first, then the head and the words together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.inference.plan import Plan
from gateway.mail.types import Strength
from heads.prediction import HeadInfo, HeadScores

OPT_OUT_HEAD = "has_opt_out"
YES = "yes"
UNSUBSCRIBE = "unsubscribe"
TALKING = frozenset({"positive", "referral"})
"""The intents of people who want something of us: what else they stop, a person must see."""
_LIKELIER = 0.5  # from this probability on yes is the head's likelier answer

OptOut = Literal["yes", "review", "no"]


@dataclass(frozen=True, slots=True)
class OptOutEvidence:
    """What the cleaner found in one email: a rule's proof, and how strong the words are.

    Words are the author's newest ones; with `has_thread` the head reads those of quoted mails too.
    `is_cut`: the encoder read a part of the text alone.
    """

    proof: Literal["yes", "no"] | None = None
    words: Strength | None = None
    has_thread: bool = False
    is_cut: bool = False


NO_EVIDENCE = OptOutEvidence()


@dataclass(frozen=True, slots=True)
class OptOutScore:
    """The opt-out head's probability of yes for one email, and the least that counts.

    From `yes` on a machine may act (None: never by this alone), from `review` on a person looks.
    Not `usable`: the text hides from the model or the encoder has no words for it, so that its yes
    may not be acted on and its no means nothing.
    """

    probability: float
    review: float
    yes: float | None
    usable: bool = True

    @property
    def state(self) -> OptOut | None:
        """Return what the head says alone; None for a no that means nothing."""
        if self.probability < self.review:
            return "no" if self.usable else None
        certain = self.yes is not None and self.probability >= self.yes
        return "yes" if self.usable and certain else "review"

    @property
    def agrees(self) -> bool:
        """Whether yes is the likelier answer, so that explicit words have a second witness."""
        return self.usable and self.probability >= _LIKELIER


def opt_out_state(
    evidence: OptOutEvidence, score: OptOutScore | None, intent: str | None
) -> OptOut | None:
    """Return whether a machine may act on an opt-out, a person must look, or there is none.

    Never yes under an intent of somebody who wants something of us, a rule's proof aside. A head
    that read quoted mails too may have read our own footer: it must be certain by itself, and the
    newest words explicit. The no of a head that saw a part of the newest words is for a person:
    who asks at the end of a long mail to be left alone was hardly ever heard. Of a thread cut
    short what is missing are the oldest mails.

    `intent` is what was decided; `score` is None where the head gave no scores. None is returned
    where neither a rule nor the head answered: no is never assumed. Explicit words against a
    rule's no are for a person.
    """
    if evidence.proof is not None:
        contradicted = evidence.proof == "no" and evidence.words == "explicit"
        return "review" if contradicted else evidence.proof
    state = None if score is None else score.state
    is_explicit = evidence.words == "explicit"
    # A head that read our own footer is no second witness.
    agrees = score is not None and score.agrees and not evidence.has_thread
    if state == "review" and is_explicit and agrees:
        state = "yes"  # the head and the words, independently
    is_seen_in_thread = evidence.has_thread and not is_explicit
    if state == "yes" and (intent in TALKING or is_seen_in_thread):
        return "review"
    if state in (None, "no") and (evidence.words is not None or intent == UNSUBSCRIBE):
        return "review"
    if state == "no" and evidence.is_cut and not evidence.has_thread:
        return "review"
    return state


def opt_out_scores(
    plan: Plan, scores: Mapping[str, HeadScores], must_abstain: Sequence[bool]
) -> list[OptOutScore | None]:
    """Return each row's score; None for all where the head was not asked or failed.

    The thresholds are those of the bundle's `[opt_out]` table. Without one a person looks from the
    head's own threshold of yes on and no machine acts: that threshold was chosen for recall, at a
    precision of about one half.
    """
    head = next((head for head in plan.ordered if head.name == OPT_OUT_HEAD), None)
    given = scores.get(OPT_OUT_HEAD)
    if head is None or given is None or given.status != "ok" or YES not in given.labels:
        return [None] * len(must_abstain)
    review, yes = _thresholds(head, given)
    column: list[float] = given.scores[:, given.labels.index(YES)].tolist()
    return [
        OptOutScore(probability, review, yes, not unusable)
        for probability, unusable in zip(column, must_abstain, strict=True)
    ]


def _thresholds(head: HeadInfo, given: HeadScores) -> tuple[float, float | None]:
    if head.opt_out is None:
        return given.thresholds[given.labels.index(YES)], None
    return head.opt_out.review, head.opt_out.yes
