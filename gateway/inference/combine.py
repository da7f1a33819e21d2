"""Turns every head's scores into one decision; pure: plan and scores in, classifications out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from gateway.inference.classification import (
    AUTO_REPLY,
    NO_DECISION,
    Classification,
    Condition,
    Decision,
    HeadAnswer,
)
from gateway.inference.opt_out import (
    NO_EVIDENCE,
    OptOutEvidence,
    OptOutScore,
    opt_out_scores,
    opt_out_state,
)
from gateway.inference.plan import DISABLED, INTENT_HEAD, Plan
from gateway.mail.automatic.catalog import HEADERS_OF_BOTH, WORDS
from heads.prediction import HeadInfo, HeadScores

REASON_HEAD = "objection_reason"
DIGITS = 6  # of every number in an answer

NO_MACHINE_SIGN = "headers, subject and words hold too little that only machines write"
"""The message of an intent head whose automatic reply is abstained from."""
UNLIKE = "the text is unlike anything that this head has learnt"
"""The message of a head that abstains whatever its scores."""
SURE = 0.9
"""The probability of an automatic reply from which on words that people use too are sign enough."""

MachineSign = Literal["evidence", "words"]
"""What speaks for a machine beside the heads: evidence, or what people's mail has, too.

Words that people use too, and headers that mailing lists and sales systems set on what people
write, are both "words".
"""

UNREADABLE_SHARE = 0.3
"""From this share of tokens unknown to an encoder on, no head's answer may be acted on."""
FORCED_ABSTENTION = frozenset({"obfuscated", "own_name"})
"""Flags of text that hides from the model, and of mail that may be ours: nothing is acted on."""


def machine_sign(evidence: Sequence[str]) -> MachineSign | None:
    """Return what the cleaner's evidence for a machine amounts to; None where there is none."""
    if not evidence:
        return None
    weak = HEADERS_OF_BOTH | {WORDS}
    return "words" if weak.issuperset(evidence) else "evidence"


def combine(
    plan: Plan,
    scores: Mapping[str, HeadScores],
    must_abstain: Sequence[bool],
    evidence: Sequence[OptOutEvidence] = (),
    signs: Sequence[MachineSign | None] = (),
) -> tuple[Classification, ...]:
    """Return one classification per row; where `must_abstain[i]`, row i may not be acted on.

    `evidence` is what the cleaner says of each row's opt-out, left out where it says nothing.
    `signs` say whether it found what speaks for a machine, without which an automatic reply is
    abstained from; the intent head's message says so then. Left out, signs are not asked for.

    A head missing from `scores` is unavailable; without one of the plan's `required_heads` the
    decision abstains and has no maker. A conditional head is `not_applicable` unless its condition
    is what its parent decided: its best label, not abstained from. Its joint scores sum to the
    probability of that condition.
    """
    columns: dict[str, list[_Cell]] = {}
    for head in plan.ordered:
        column = _column(head, plan, scores.get(head.name), columns, must_abstain)
        if head.name == INTENT_HEAD and signs:
            column = [_unless_alone(*row) for row in zip(column, signs, strict=True)]
        columns[head.name] = column
    opt_outs = zip(
        evidence or [NO_EVIDENCE] * len(must_abstain),
        opt_out_scores(plan, scores, must_abstain),
        strict=True,
    )
    return tuple(
        _classification(plan, columns, row, *opt_out) for row, opt_out in enumerate(opt_outs)
    )


def without_parent(head: HeadInfo, *, is_off: bool) -> tuple[str, str]:
    """Return status and message of a head whose parent gave no answer: what is off never holds."""
    if is_off:
        return "not_applicable", ""
    return "unavailable", f"{head.parent_head} gave no answer"


def decide(intent: HeadAnswer | None, reason: HeadAnswer | None) -> Decision:
    """Return the decision of two heads' answers, without an opt-out."""
    if intent is None or intent.status != "ok":
        return NO_DECISION
    if intent.abstained:
        return Decision(None, None, True, "model", None)
    applies = (
        reason is not None
        and not reason.abstained
        and reason.given is not None
        and reason.given.label == intent.label
    )
    return Decision(
        intent.label, reason.label if reason and applies else None, False, "model", None
    )


class _Cell(NamedTuple):
    """A head's answer for one row, with what its children need: unrounded joint scores."""

    answer: HeadAnswer
    labels: tuple[str, ...] = ()
    joint: Sequence[float] = ()

    def decides(self, label: str) -> bool:
        """Whether this label is the answer that may be acted on."""
        answer = self.answer
        return answer.status == "ok" and not answer.abstained and answer.label == label

    def chance(self, label: str) -> float:
        """Return the probability of one of this head's labels."""
        return self.joint[self.labels.index(label)]


def _unless_alone(cell: _Cell, sign: MachineSign | None) -> _Cell:
    """Abstain from an automatic reply that next to nothing but the head speaks for; scores stay."""
    if sign == "evidence" or not cell.decides(AUTO_REPLY):
        return cell
    if sign == "words" and cell.chance(AUTO_REPLY) >= SURE:
        return cell
    return cell._replace(answer=cell.answer._replace(abstained=True, message=NO_MACHINE_SIGN))


def _column(
    head: HeadInfo,
    plan: Plan,
    scores: HeadScores | None,
    columns: Mapping[str, list[_Cell]],
    must_abstain: Sequence[bool],
) -> list[_Cell]:
    status, message = _status_of(head, plan, scores)
    parent = None if head.parent_head is None else columns.get(head.parent_head)
    orphaned = head.parent_head is not None and (
        parent is None or any(not cell.answer.answered for cell in parent)
    )
    if status == "ok" and orphaned:
        is_off = bool(parent) and all(cell.answer.status == DISABLED for cell in parent or ())
        status, message = without_parent(head, is_off=is_off)
    if status != "ok" or scores is None:
        return [_Cell(HeadAnswer(status, head.version, message=message))] * len(must_abstain)
    by_row: list[list[float]] = scores.scores.tolist()  # (rows, labels)
    margins = [
        _margin(probabilities, best)
        for probabilities, best in zip(by_row, scores.best, strict=True)
    ]
    cells = zip(by_row, margins, must_abstain, strict=True)
    if parent is None:
        return [_independent_cell(scores, row, *cell) for row, cell in enumerate(cells)]
    return [
        _conditional_cell(head, scores, row, *cell, parent[row]) for row, cell in enumerate(cells)
    ]


def _status_of(head: HeadInfo, plan: Plan, scores: HeadScores | None) -> tuple[str, str]:
    """Return status and message; what went wrong inside a head is for the log, not for callers."""
    skipped = plan.skipped.get(head.name)
    if skipped is not None:
        return skipped.status, skipped.message
    if scores is None:
        return "unavailable", ""
    return scores.status, "" if scores.status == "error" else scores.message


def _margin(probabilities: Sequence[float], best: int) -> float:
    """Return the best label's lead over the strongest other one (0 others: its score)."""
    others = [*probabilities[:best], *probabilities[best + 1 :]]
    return probabilities[best] - max(others) if others else probabilities[best]


def _independent_cell(
    scores: HeadScores,
    row: int,
    probabilities: Sequence[float],
    margin: float,
    must_abstain: bool,
) -> _Cell:
    best = scores.best[row]
    label = scores.labels[best]
    answer = HeadAnswer(
        "ok",
        scores.version,
        label,
        round(probabilities[best], DIGITS),
        round(scores.thresholds[best], DIGITS),
        round(margin, DIGITS),
        must_abstain or scores.abstained[row],
        _rounded(scores.labels, probabilities),
        message=_message(scores, row),
    )
    return _Cell(answer, scores.labels, probabilities)


def _message(scores: HeadScores, row: int) -> str:
    return UNLIKE if scores.unlike and scores.unlike[row] else ""


def _rounded(labels: Sequence[str], probabilities: Sequence[float]) -> dict[str, float]:
    return {name: round(p, DIGITS) for name, p in zip(labels, probabilities, strict=True)}


def _conditional_cell(
    head: HeadInfo,
    scores: HeadScores,
    row: int,
    probabilities: Sequence[float],
    margin: float,
    must_abstain: bool,
    parent: _Cell,
) -> _Cell:
    condition = head.parent_label or ""
    if not parent.decides(condition):
        return _Cell(HeadAnswer("not_applicable", scores.version))
    chance = parent.chance(condition)
    best = scores.best[row]
    joint = [chance * p for p in probabilities]
    answer = HeadAnswer(
        "ok",
        scores.version,
        scores.labels[best],
        round(joint[best], DIGITS),
        round(chance * scores.thresholds[best], DIGITS),
        round(chance * margin, DIGITS),
        must_abstain or scores.abstained[row],
        _rounded(scores.labels, joint),
        Condition(head.parent_head or "", condition, round(chance, DIGITS)),
        message=_message(scores, row),
    )
    return _Cell(answer, scores.labels, joint)


def _classification(
    plan: Plan,
    columns: Mapping[str, list[_Cell]],
    row: int,
    evidence: OptOutEvidence,
    score: OptOutScore | None,
) -> Classification:
    answers = {name: column[row].answer for name, column in columns.items()}
    if all(answers[name].answered for name in plan.required_heads):
        decision = decide(answers.get(INTENT_HEAD), answers.get(REASON_HEAD))
    else:  # no parent's label is a decision then
        decision = NO_DECISION
        answers = {name: _unless_conditional(answer) for name, answer in answers.items()}
    state = opt_out_state(evidence, score, decision.intent)
    return Classification(
        replace(decision, opt_out=state), {name: answers[name] for name in plan.asked}
    )


def _unless_conditional(answer: HeadAnswer) -> HeadAnswer:
    """Return the answer, or that it does not apply where it depends on another head's."""
    return answer if answer.given is None else HeadAnswer("not_applicable", answer.version)
