"""The values of a classification: each head's answer, and the one decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.inference.opt_out import NO_EVIDENCE, OptOut, OptOutEvidence, opt_out_state
from gateway.inference.plan import DISABLED

TAXONOMY_VERSION = "1"
"""Raised when a name of a decision or a reason changes its meaning."""
AUTO_KIND_HEAD = "auto_kind"
AUTO_REPLY = "auto_reply"
UNDECIDABLE = frozenset({"own_message", "unreadable", "no_words"})
"""What rules find that leaves nothing to decide: no intent, and never a positive one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The label of another head whose probability a conditional head's numbers include."""

    head: str
    label: str
    probability: float


_NO_SCORES: Mapping[str, float] = {}


class HeadAnswer(NamedTuple):  # a frozen dataclass takes four times as long to make
    """One head's answer for one email.

    `label` is the best label whether or not it may be acted on (`abstained`). For a conditional
    head `probability`, `threshold`, `margin` and `scores` are joint: multiplied with the
    probability of its condition, `given`. Without an answer only `status`, `version` and
    `message` speak. `canary`: the head's candidate answered, not its version in production.
    """

    status: str
    version: str
    label: str | None = None
    probability: float | None = None
    threshold: float | None = None
    margin: float | None = None
    abstained: bool = True
    scores: Mapping[str, float] = _NO_SCORES
    given: Condition | None = None
    message: str = ""
    canary: bool = False

    @property
    def answered(self) -> bool:
        """Whether the head did its work: `not_applicable` is an answer too."""
        return self.status in ("ok", "not_applicable")


@dataclass(frozen=True, slots=True)
class Decision:
    """The one thing to act on, and whether the author opts out of mail.

    `intent` is None exactly when `abstained`; `opt_out` is None where nothing answered that.
    """

    intent: str | None
    objection_reason: str | None
    abstained: bool
    decided_by: Literal["model", "rule"] | None
    rule: str | None
    opt_out: OptOut | None = None


NO_DECISION = Decision(None, None, True, None, None)


@dataclass(frozen=True, slots=True)
class Written:
    """The answers of all asked heads as members of a JSON object, and whether all answered."""

    json: bytes
    complete: bool


@dataclass(frozen=True, slots=True)
class Classification:
    """One email's decision and the answers of the heads that were asked for.

    Where they are `written` already, nobody need look at `heads` for the answer.
    """

    decision: Decision
    heads: Mapping[str, HeadAnswer]
    written: Written | None = None

    @property
    def complete(self) -> bool:
        """Whether every asked head answered that is not switched off."""
        if self.written is not None:
            return self.written.complete
        return not self.unanswered

    @property
    def unanswered(self) -> frozenset[str]:
        """The asked heads that gave no answer and are not switched off."""
        if self.written is not None and self.written.complete:
            return frozenset()
        return frozenset(
            name
            for name, answer in self.heads.items()
            if not answer.answered and answer.status != DISABLED
        )

    @property
    def auto_kind(self) -> str | None:
        """The kind of a decided automatic reply, where its head may be acted on."""
        kind = self.heads.get(AUTO_KIND_HEAD)
        if self.decision.intent != AUTO_REPLY or kind is None or kind.abstained:
            return None
        return kind.label


def rule_classification(
    outcome: str, rule: str | None, evidence: OptOutEvidence = NO_EVIDENCE
) -> Classification:
    """Return the classification of a rule that decides alone; no head runs.

    `outcome` is what the rule found: the intent, unless it is UNDECIDABLE.
    """
    intent = None if outcome in UNDECIDABLE else outcome
    opt_out = opt_out_state(evidence, None, intent)
    return Classification(Decision(intent, None, intent is None, "rule", rule, opt_out), {})
