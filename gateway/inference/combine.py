"""Turns every head's scores into one decision; pure: plan and scores in, classifications out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gateway.inference.plan import INTENT_HEAD, Plan
from heads.prediction import HeadInfo, HeadScores

REASON_HEAD = "objection_reason"
POSITIVE = "positive"
SHOWN_AT = 0.3  # a conditional head is shown from this probability of its condition on
DIGITS = 6  # of every number in an answer

FORCED_ABSTENTION = frozenset({"obfuscated"})  # flags of text that hides from the model


@dataclass(frozen=True, slots=True)
class Condition:
    """What a conditional head's numbers have been multiplied with."""

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
    """The one thing to act on. `intent` is None exactly when `abstained`."""

    intent: str | None
    objection_reason: str | None
    abstained: bool
    decided_by: Literal["model", "rule"] | None
    rule: str | None


_NO_DECISION = Decision(None, None, True, None, None)


@dataclass(frozen=True, slots=True)
class Classification:
    """One email's decision and the answers of the heads that were asked for."""

    decision: Decision
    heads: Mapping[str, HeadAnswer]

    @property
    def complete(self) -> bool:
        """Whether every asked head answered."""
        return all(answer.answered for answer in self.heads.values())


def rule_classification(intent: str, rule: str | None) -> Classification:
    """Return the classification of a rule that decides alone; no head runs."""
    return Classification(Decision(intent, None, False, "rule", rule), {})


def combine(
    plan: Plan, scores: Mapping[str, HeadScores], must_abstain: Sequence[bool]
) -> tuple[Classification, ...]:
    """Return one classification per row; where `must_abstain[i]`, row i may not be acted on.

    A head missing from `scores` is unavailable; without one of the plan's `required_heads` the
    decision abstains and has no maker. A conditional head's joint scores sum to the probability of
    its condition; it is shown only if the condition is its parent's best label, or at least
    SHOWN_AT likely and the parent's best label is not `positive`.
    """
    rows = len(must_abstain)
    columns: dict[str, list[_Cell]] = {}
    for head in plan.ordered:
        columns[head.name] = _column(head, plan, scores.get(head.name), columns, rows)
    return tuple(_classification(plan, columns, row, must_abstain[row]) for row in range(rows))


class _Cell(NamedTuple):
    """A head's answer for one row, with what its children need: joint scores, hidden or not."""

    answer: HeadAnswer
    label: str | None
    labels: tuple[str, ...] = ()
    joint: Sequence[float] = ()

    def chance(self, label: str) -> float:
        """Probability of a label; 0 for one that this head does not know."""
        return self.joint[self.labels.index(label)] if label in self.labels else 0.0


def _column(
    head: HeadInfo,
    plan: Plan,
    given: HeadScores | None,
    columns: Mapping[str, list[_Cell]],
    rows: int,
) -> list[_Cell]:
    status, message = _status_of(head, plan, given)
    parent = None if head.parent_head is None else columns.get(head.parent_head)
    orphaned = head.parent_head is not None and (
        parent is None or any(not cell.answer.answered for cell in parent)
    )
    if status == "ok" and orphaned:
        status, message = "unavailable", f"{head.parent_head} gave no answer"
    if status != "ok" or given is None:
        return [_Cell(HeadAnswer(status, head.version, message=message), None)] * rows
    lines: list[list[float]] = given.scores.tolist()  # (rows, labels)
    margins = [_margin(line, best) for line, best in zip(lines, given.best, strict=True)]
    if parent is None:
        return [_independent(given, row, lines[row], margins[row]) for row in range(rows)]
    return [
        _conditional(head, given, row, lines[row], margins[row], parent[row]) for row in range(rows)
    ]


def _status_of(head: HeadInfo, plan: Plan, given: HeadScores | None) -> tuple[str, str]:
    """Return status and message. What went wrong inside a head is for the log, not for callers."""
    skipped = plan.skipped.get(head.name)
    if skipped is not None:
        return skipped.status, skipped.message
    if given is None:
        return "unavailable", ""
    return given.status, "" if given.status == "error" else given.message


def _margin(line: Sequence[float], best: int) -> float:
    """Return the best label's lead over the strongest other one (0 others: its score)."""
    others = [*line[:best], *line[best + 1 :]]
    return line[best] - max(others) if others else line[best]


def _independent(given: HeadScores, row: int, line: Sequence[float], margin: float) -> _Cell:
    best = given.best[row]
    label = given.labels[best]
    answer = HeadAnswer(
        "ok",
        given.version,
        label,
        round(line[best], DIGITS),
        round(given.thresholds[best], DIGITS),
        round(margin, DIGITS),
        given.abstained[row],
        _shown(given.labels, line),
    )
    return _Cell(answer, label, given.labels, line)


def _shown(labels: Sequence[str], line: Sequence[float]) -> dict[str, float]:
    return {name: round(p, DIGITS) for name, p in zip(labels, line, strict=True)}


def _conditional(
    head: HeadInfo,
    given: HeadScores,
    row: int,
    line: Sequence[float],
    margin: float,
    parent: _Cell,
) -> _Cell:
    condition = head.parent_label or ""
    chance = parent.chance(condition)
    best = given.best[row]
    label = given.labels[best]
    joint = [chance * p for p in line]
    likely = chance >= SHOWN_AT and parent.label != POSITIVE
    if parent.answer.status != "ok" or not (parent.label == condition or likely):
        return _Cell(HeadAnswer("not_applicable", given.version), label, given.labels, joint)
    answer = HeadAnswer(
        "ok",
        given.version,
        label,
        round(joint[best], DIGITS),
        round(chance * given.thresholds[best], DIGITS),
        round(chance * margin, DIGITS),
        given.abstained[row],
        _shown(given.labels, joint),
        Condition(head.parent_head or "", condition, round(chance, DIGITS)),
    )
    return _Cell(answer, label, given.labels, joint)


def _classification(
    plan: Plan, columns: Mapping[str, list[_Cell]], row: int, must_abstain: bool
) -> Classification:
    answers = {name: column[row].answer for name, column in columns.items()}
    if must_abstain:
        answers = {name: answer._replace(abstained=True) for name, answer in answers.items()}
    if all(answers[name].answered for name in plan.required_heads):
        decision = _decide(answers.get(INTENT_HEAD), answers.get(REASON_HEAD))
    else:
        decision = _NO_DECISION
    return Classification(decision, {name: answers[name] for name in plan.asked})


def _decide(intent: HeadAnswer | None, reason: HeadAnswer | None) -> Decision:
    if intent is None or intent.status != "ok":
        return _NO_DECISION
    if intent.abstained:
        return Decision(None, None, True, "model", None)
    applies = (
        reason is not None
        and reason.status == "ok"
        and not reason.abstained
        and reason.given is not None
        and reason.given.label == intent.label
    )
    return Decision(
        intent.label, reason.label if reason and applies else None, False, "model", None
    )
