"""Combines a table of scores into decisions and JSON, without Python's work a head.

Equal to `combine` and `pack` of the same scores: `tests/property/gateway/inference/test_flat.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gateway.inference.classification import (
    AUTO_REPLY,
    NO_DECISION,
    Classification,
    Condition,
    HeadAnswer,
    Written,
)
from gateway.inference.combine import (
    DIGITS,
    NO_MACHINE_SIGN,
    REASON_HEAD,
    SURE,
    MachineSign,
    decide,
)
from gateway.inference.flat_plan import MESSAGES, FlatPlan, Indices
from gateway.inference.opt_out import OptOutEvidence, opt_out_scores, opt_out_state
from gateway.inference.plan import INTENT_HEAD
from heads.prediction import ScoreTable

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

_ALONE = MESSAGES.index(NO_MACHINE_SIGN)


@dataclass(frozen=True, eq=False)
class Numbers:
    """A table's answers under one plan; rows are emails.

    `best`, `abstained`, `message` and `applies` (rows, heads); `holds` (rows, conditions).
    `values` (rows, all): joint scores (columns), then probability, margin, threshold and chance of
    the condition, of each head.
    """

    best: Indices
    abstained: Bools
    message: Indices
    applies: Bools
    holds: Bools
    values: Doubles


def combine_table(
    flat: FlatPlan,
    table: ScoreTable,
    must_abstain: Sequence[bool],
    evidence: Sequence[OptOutEvidence],
    signs: Sequence[MachineSign | None],
) -> tuple[list[Classification], Numbers]:
    """Return one classification per row, its JSON written, and what they are made of."""
    numbers = _numbers(flat, table, np.array(must_abstain, dtype=np.bool_), signs)
    written = _written(flat, numbers)
    opt_outs = opt_out_scores(flat.plan, table, must_abstain)
    classifications = []
    for row, (json, proof, score) in enumerate(zip(written, evidence, opt_outs, strict=True)):
        heads = FlatHeads(flat, numbers, row)
        decision = NO_DECISION
        intent = heads.outline(INTENT_HEAD)
        if intent is not None:
            decision = decide(intent, heads.outline(REASON_HEAD))
        state = opt_out_state(proof, score, decision.intent)
        classifications.append(
            Classification(replace(decision, opt_out=state), heads, Written(json, flat.complete))
        )
    return classifications, numbers


class FlatHeads(Mapping[str, HeadAnswer]):
    """The asked heads' answers for one row, each made when it is asked for."""

    def __init__(self, flat: FlatPlan, numbers: Numbers, row: int) -> None:
        self._flat = flat
        self._numbers = numbers
        self._row = row

    def __getitem__(self, name: str) -> HeadAnswer:
        """Return the head's answer as `combine` would."""
        if name not in self._flat.plan.asked:
            raise KeyError(name)
        answer = self.outline(name)
        if answer is None or answer.status != "ok" or name in self._flat.fixed:
            return answer or self._flat.fixed[name]
        columns = self._flat.columns
        place = columns.places[name]
        labels, first = columns.labels[place], columns.edges[place]
        values = self._numbers.values[self._row]
        heads, at = len(columns.names), columns.edges[-1] + place
        probability, margin, threshold = (
            round(float(values[at + heads * i]), DIGITS) for i in range(3)
        )
        scores = values[first : first + len(labels)].tolist()
        return answer._replace(
            probability=probability,
            margin=margin,
            threshold=threshold,
            scores={label: round(p, DIGITS) for label, p in zip(labels, scores, strict=True)},
            message=MESSAGES[self._numbers.message[self._row, place]],
        )

    def __iter__(self) -> Iterator[str]:
        """Iterate over the asked names."""
        return iter(self._flat.plan.asked)

    def __len__(self) -> int:
        """Count the asked heads."""
        return len(self._flat.plan.asked)

    def outline(self, name: str) -> HeadAnswer | None:
        """Return status, label, abstention and condition of a head of the plan; None for others."""
        flat, numbers, row = self._flat, self._numbers, self._row
        if name in flat.fixed:
            return flat.fixed[name]
        columns = flat.columns
        place = columns.places.get(name)
        if place is None:
            return None
        version = columns.versions[place]
        if not numbers.applies[row, place]:
            return HeadAnswer("not_applicable", version)
        condition, given = int(flat.condition_of[place]), None
        if condition >= 0:
            above = flat.conditions[condition]
            at = columns.edges[-1] + 3 * len(columns.names) + place
            chance = round(float(numbers.values[row, at]), DIGITS)
            given = Condition(columns.names[above.parent], above.name, chance)
        label = columns.labels[place][numbers.best[row, place]]
        abstained = bool(numbers.abstained[row, place])
        return HeadAnswer("ok", version, label, abstained=abstained, given=given)


def _numbers(
    flat: FlatPlan, table: ScoreTable, must_abstain: Bools, signs: Sequence[MachineSign | None]
) -> Numbers:
    scores = table.scores.astype(np.float64)
    best, abstained = table.best, table.abstained | must_abstain[:, None]
    message = table.unlike.astype(np.int64)
    _abstain_alone(flat, scores, best, abstained, message, signs)
    holds, chances = _conditions(flat, scores, best, abstained)
    columns = flat.starts + best
    top = np.take_along_axis(scores, columns, axis=1)
    margin = top - _runners_up(flat, scores, columns)
    thresholds = flat.thresholds[columns]
    applies, chance = np.ones(best.shape, dtype=np.bool_), np.ones(best.shape)
    if holds.size:
        where = flat.condition_of[flat.conditional]
        applies[:, flat.conditional] = holds[:, where]
        chance[:, flat.conditional] = chances[:, where]
        scores = scores * chance[:, flat.owner]
        top, margin, thresholds = top * chance, margin * chance, thresholds * chance
    values = np.concatenate((scores, top, margin, thresholds, chance), axis=1)
    return Numbers(best, abstained, message, applies, holds, values)


def _runners_up(flat: FlatPlan, scores: Doubles, columns: Indices) -> Doubles:
    """Return each head's strongest other label (rows, heads); 0 for a head of one label."""
    others = scores.copy()
    np.put_along_axis(others, columns, -np.inf, axis=1)
    second = np.maximum.reduceat(others, flat.starts, axis=1)
    return np.where(np.isneginf(second), 0.0, second)


def _abstain_alone(
    flat: FlatPlan,
    scores: Doubles,
    best: Indices,
    abstained: Bools,
    message: Indices,
    signs: Sequence[MachineSign | None],
) -> None:
    """Abstain from an automatic reply that next to nothing but the intent head speaks for."""
    place = flat.columns.places.get(INTENT_HEAD)
    if place is None or INTENT_HEAD in flat.fixed or AUTO_REPLY not in flat.columns.labels[place]:
        return
    label = flat.columns.labels[place].index(AUTO_REPLY)
    for row, sign in enumerate(signs):
        decides = best[row, place] == label and not abstained[row, place]
        sure = sign == "words" and scores[row, flat.starts[place] + label] >= SURE
        if decides and sign != "evidence" and not sure:
            abstained[row, place] = True
            message[row, place] = _ALONE


def _conditions(
    flat: FlatPlan, scores: Doubles, best: Indices, abstained: Bools
) -> tuple[Bools, Doubles]:
    """Return which conditions hold and how probable they are, both (rows, conditions)."""
    shape = (len(scores), len(flat.conditions))
    holds, chances = np.zeros(shape, dtype=np.bool_), np.zeros(shape)
    for number, given in enumerate(flat.conditions):
        decided = (best[:, given.parent] == given.label) & ~abstained[:, given.parent]
        chance = scores[:, flat.starts[given.parent] + given.label]
        if given.above is not None:
            decided = decided & holds[:, given.above]
            chance = chances[:, given.above] * chance
        holds[:, number], chances[:, number] = decided, chance
    return holds, chances


def _written(flat: FlatPlan, numbers: Numbers) -> list[bytes]:
    """Return the members of each row's heads as JSON."""
    fragments = flat.fragments
    codes = fragments.codes(numbers.best, numbers.abstained, numbers.message)
    if numbers.holds.size:
        none = fragments.not_applicable(np.arange(len(flat.starts)))
        codes = np.where(numbers.applies, codes, none)
    at, places = flat.shown
    fixed = np.tile(fragments.fixed(), (len(codes), 1))
    fixed[:, at] = codes[:, places]
    rows = []
    for row, row_codes in enumerate(fixed.tolist()):
        order = flat.order(numbers.holds[row].tobytes())
        template = b",".join(map(fragments.__getitem__, row_codes))
        rows.append(template % tuple(numbers.values[row].take(order).tolist()))
    return rows
