"""What stays the same of the answers to one plan by one table of heads: statuses, places, JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from gateway.inference.classification import Condition, HeadAnswer, head_members
from gateway.inference.combine import DIGITS, NO_MACHINE_SIGN, UNLIKE, without_parent
from gateway.inference.plan import DISABLED, Plan
from heads.prediction import HeadInfo, TableColumns

Indices = NDArray[np.int64]

MESSAGES = ("", UNLIKE, NO_MACHINE_SIGN)
"""What a head says beside its scores, by the number that stands for it."""
_NUMBER: Any = "\0a number\0"  # no head's label: a place in a fragment for one
_JSON_NUMBER = to_json(_NUMBER)
_VARIANTS = 2 * len(MESSAGES)  # abstained or not, and a message


@dataclass(frozen=True)
class Given:
    """A condition of heads: a label, by its place, of the head at `parent`.

    `above` is the condition of that head itself, None where it depends on no other. Place -1 is a
    label that the parent does not have.
    """

    parent: int
    label: int
    name: str
    above: int | None


@dataclass(frozen=True, eq=False)
class FlatPlan:
    """A plan and the columns that answer it; heads are at their places in the columns.

    `fixed` holds the answers of those that never have scores. `conditions` are in the order in
    which they can be decided; `condition_of` (heads,) is the place of each head's, -1 for none.
    """

    plan: Plan
    columns: TableColumns
    fixed: Mapping[str, HeadAnswer]
    conditions: tuple[Given, ...]
    condition_of: Indices

    @cached_property
    def starts(self) -> Indices:
        """Each head's first column."""
        return np.array(self.columns.edges[:-1], dtype=np.int64)

    @cached_property
    def owner(self) -> Indices:
        """Each column's head."""
        return np.repeat(np.arange(len(self.starts)), np.diff(self.columns.edges))

    @cached_property
    def thresholds(self) -> NDArray[np.float64]:
        """Each column's threshold."""
        return np.array([t for head in self.columns.thresholds for t in head], dtype=np.float64)

    @cached_property
    def conditional(self) -> Indices:
        """The heads that have a condition."""
        return np.flatnonzero(self.condition_of >= 0)

    @cached_property
    def shown(self) -> tuple[Indices, Indices]:
        """The asked heads that may have scores: their places in the answer, and in the table."""
        pairs = [
            (position, self.columns.places[name])
            for position, name in enumerate(self.plan.asked)
            if name not in self.fixed
        ]
        at, places = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
        return at, places

    @cached_property
    def coverage(self) -> tuple[int, int]:
        """The number of asked heads that answer every email, and of those that are not off."""
        off = [name for name, answer in self.fixed.items() if answer.status == DISABLED]
        failed = [name for name, answer in self.fixed.items() if not answer.answered]
        asked = self.plan.asked
        return (
            sum(name not in failed for name in asked),
            sum(name not in off for name in asked),
        )

    @property
    def complete(self) -> bool:
        """Whether every asked head answers that is not switched off."""
        answered, asked = self.coverage
        return answered == asked

    @cached_property
    def fragments(self) -> "Fragments":
        """The JSON of the answers."""
        return Fragments(self)

    @cached_property
    def orders(self) -> dict[bytes, Indices]:
        """Places of the numbers in an answer, by the conditions that hold; filled as they come."""
        return {}

    def order(self, holds: bytes) -> Indices:
        """Return which numbers an answer shows, in order; see `Numbers.values`."""
        order = self.orders.get(holds)
        if order is None:
            if len(self.orders) >= 1024:
                self.orders.clear()
            order = self.orders[holds] = self._order(list(holds))
        return order

    def _order(self, holds: Sequence[int]) -> Indices:
        heads, columns = len(self.starts), self.columns.edges
        order: list[int] = []
        for place in self.shown[1].tolist():
            labels = range(columns[place], columns[place + 1])
            first = columns[-1] + place
            probability, margin, threshold, chance = (first + heads * i for i in range(4))
            condition = self.condition_of[place]
            if condition < 0:
                order += [probability, margin, *labels]
            elif holds[condition]:
                order += [probability, threshold, margin, *labels, chance]
        return np.array(order, dtype=np.int64)


class Fragments(dict[int, bytes]):
    """A head's member of the answer's JSON by a code, with `%.6f` for numbers; made when met."""

    def __init__(self, flat: FlatPlan) -> None:
        super().__init__()
        self._flat = flat
        self._most_labels = max(map(len, flat.columns.labels))
        self._heads = len(flat.starts)
        self._answered = self._heads * self._most_labels * _VARIANTS  # codes below: with scores

    def codes(self, best: Indices, abstained: NDArray[np.bool_], message: Indices) -> Indices:
        """Return the codes of heads' answers, all (rows, heads)."""
        labels = np.arange(self._heads) * self._most_labels + best
        codes: Indices = (labels * 2 + abstained) * len(MESSAGES) + message
        return codes

    def not_applicable(self, places: Indices) -> Indices:
        """Return the codes of heads whose condition does not hold."""
        return self._answered + places

    def fixed(self) -> Indices:
        """Return the codes of an answer whose heads are all fixed, by position."""
        return self._answered + self._heads + np.arange(len(self._flat.plan.asked))

    def __missing__(self, code: int) -> bytes:
        """Write the fragment of a code."""
        name, answer = self._answer(code)
        text = to_json({name: head_members(answer)})[1:-1]
        fragment = text.replace(b"%", b"%%").replace(_JSON_NUMBER, b"%.6f")
        self[code] = fragment
        return fragment

    def _answer(self, code: int) -> tuple[str, HeadAnswer]:
        flat, columns = self._flat, self._flat.columns
        if code >= self._answered + self._heads:
            name = flat.plan.asked[code - self._answered - self._heads]
            return name, flat.fixed[name]
        if code >= self._answered:
            place = code - self._answered
            return columns.names[place], HeadAnswer("not_applicable", columns.versions[place])
        label, variant = divmod(code, _VARIANTS)
        place, best = divmod(label, self._most_labels)
        abstained, message = divmod(variant, len(MESSAGES))
        answer = HeadAnswer(
            "ok",
            columns.versions[place],
            columns.labels[place][best],
            _NUMBER,
            round(columns.thresholds[place][best], DIGITS),
            _NUMBER,
            bool(abstained),
            dict.fromkeys(columns.labels[place], _NUMBER),
            message=MESSAGES[message],
        )
        condition = flat.condition_of[place]
        if condition >= 0:
            given = flat.conditions[condition]
            parent = Condition(columns.names[given.parent], given.name, _NUMBER)
            answer = answer._replace(threshold=_NUMBER, given=parent)
        return columns.names[place], answer


def flat_plan(plan: Plan, columns: TableColumns) -> FlatPlan | None:
    """Return the flat plan; None where the heads must be combined one by one.

    That is where some head of the plan is not in the table without being skipped, where a required
    head gives no answer, and where the intent head depends on another.
    """
    fixed: dict[str, HeadAnswer] = {}
    conditions: dict[tuple[int, str], int] = {}
    givens: list[Given] = []
    condition_of = [-1] * len(columns.names)
    seen: set[str] = set()
    for head in plan.ordered:
        answer = _fixed(head, plan, columns, fixed, seen)
        seen.add(head.name)
        if answer is not None:
            fixed[head.name] = answer
        elif head.name not in columns.places:
            return None
        elif head.parent_head is not None:
            parent, label = columns.places[head.parent_head], head.parent_label or ""
            if (parent, label) not in conditions:
                conditions[parent, label] = len(givens)
                givens.append(_given(columns, parent, label, condition_of[parent]))
            condition_of[columns.places[head.name]] = conditions[parent, label]
    if any(not fixed[name].answered for name in plan.required_heads if name in fixed):
        return None
    places = np.array(condition_of, dtype=np.int64)
    return FlatPlan(plan, columns, fixed, tuple(givens), places)


def _given(columns: TableColumns, parent: int, label: str, above: int) -> Given:
    labels: Sequence[str] = columns.labels[parent]
    place = labels.index(label) if label in labels else -1
    return Given(parent, place, label, None if above < 0 else above)


def _fixed(
    head: HeadInfo,
    plan: Plan,
    columns: TableColumns,
    fixed: Mapping[str, HeadAnswer],
    seen: set[str],
) -> HeadAnswer | None:
    """Return the answer of a head that never has scores under this plan, None for any other."""
    skipped = plan.skipped.get(head.name)
    if skipped is not None:
        return HeadAnswer(skipped.status, head.version, message=skipped.message)
    if head.name not in columns.places or head.parent_head is None:
        return None
    if head.parent_head not in seen:
        status, message = without_parent(head, is_off=False)
        return HeadAnswer(status, head.version, message=message)
    parent = fixed.get(head.parent_head)
    if parent is None:
        return None
    if parent.answered:
        return HeadAnswer("not_applicable", columns.versions[columns.places[head.name]])
    status, message = without_parent(head, is_off=parent.status == DISABLED)
    return HeadAnswer(status, head.version, message=message)
