"""Runs trials: pairs of a text before and after a change, and what counts as a failure."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from heads.training.behaviour.outcomes import ABSTAINED, Answerer, Bools, Floats, Ints, Outcomes
from heads.training.fitting.embeddings import Pair
from heads.training.metrics import wilson_interval

Verdict = tuple[Bools, Bools]
"""Which of n cases fail, and in which another label is decided than should be."""
Check = Callable[[Outcomes, Outcomes, Ints], Verdict]
"""Compares the answers before and after the change, given the expected labels' indices."""

_ROUNDING = 1e-4
_SURE = 0.9
_SLACK = 0.05


@dataclass(frozen=True)
class Trial:
    """n cases of one kind of test.

    `before` and `after` are what is asked, the same where nothing is changed. `expected` names a
    label for each case, "" for none; `groups` says which cases share a text and so fail together.
    `bound` is the highest rate of failures that is met. A candidate's rate is compared with
    production's where `compared`.
    """

    kind: str
    before: tuple[Pair, ...]
    after: tuple[Pair, ...]
    expected: tuple[str, ...]
    groups: tuple[str, ...]
    check: Check
    bound: float
    compared: bool = True


@dataclass(frozen=True)
class Result:
    """What a head did in one trial: which of the n cases failed, which were decided otherwise."""

    kind: str
    failed: Bools
    otherwise: Bools
    groups: tuple[str, ...]
    bound: float
    compared: bool

    @property
    def cases(self) -> int:
        """Count the cases."""
        return len(self.failed)

    @property
    def failures(self) -> int:
        """Count the failures."""
        return int(self.failed.sum())

    @property
    def rate(self) -> float:
        """Return the share of cases that failed."""
        return self.failures / max(self.cases, 1)

    @property
    def met(self) -> bool:
        """Whether the rate is within its bound."""
        return self.rate <= self.bound

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Return the rate's 95 % interval by Wilson's formula, with n the number of groups.

        Cases of one text are alike, so that counting each would make the interval too narrow.
        """
        groups = max(len(set(self.groups)), 1)
        return wilson_interval(self.rate * groups, groups)

    def rate_by_group(self) -> Mapping[str, float]:
        """Return the rate of failures of each group."""
        return {group: failed / cases for group, (cases, failed, _) in self.counts().items()}

    def counts(self) -> Mapping[str, tuple[int, int, int]]:
        """Count each group's cases, failures and cases decided otherwise."""
        names, places = np.unique(np.asarray(self.groups, dtype=str), return_inverse=True)
        columns = [
            np.bincount(places, weights=weights, minlength=len(names)).astype(int).tolist()
            for weights in (np.ones(self.cases), self.failed, self.otherwise)
        ]
        return dict(zip(names.tolist(), zip(*columns, strict=True), strict=True))

    def only(self, groups: Container[str]) -> Result:
        """Return the cases of the given groups."""
        rows = np.array([index for index, group in enumerate(self.groups) if group in groups], int)
        return Result(
            self.kind,
            self.failed[rows],
            self.otherwise[rows],
            tuple(self.groups[row] for row in rows),
            self.bound,
            self.compared,
        )

    def with_counts(self, counts: Mapping[str, tuple[int, int, int]]) -> Result:
        """Add groups of which only the counts are known; groups that are here already stay."""
        tried = set(self.groups)
        more = {group: numbers for group, numbers in counts.items() if group not in tried}
        failed = [n < f for cases, f, _ in more.values() for n in range(cases)]
        otherwise = [n < o for cases, _, o in more.values() for n in range(cases)]
        groups = [group for group, (cases, _, _) in more.items() for _ in range(cases)]
        return Result(
            self.kind,
            np.concatenate([self.failed, np.array(failed, dtype=bool)]),
            np.concatenate([self.otherwise, np.array(otherwise, dtype=bool)]),
            (*self.groups, *groups),
            self.bound,
            self.compared,
        )


def run(trials: Sequence[Trial], labels: Sequence[str], ask: Answerer) -> tuple[Result, ...]:
    """Ask for every distinct pair of all trials once, and judge each trial by its check.

    A trial without cases gives a result without cases. Asks for at least one pair.
    """
    pairs = dict.fromkeys(pair for trial in trials for pair in (*trial.before, *trial.after))
    place = {pair: index for index, pair in enumerate(pairs)}
    answers = ask(list(pairs))
    index_of = {label: index for index, label in enumerate(labels)}

    def judged(trial: Trial) -> Result:
        before, after = (
            answers.rows(np.array([place[pair] for pair in side], dtype=np.int64))
            for side in (trial.before, trial.after)
        )
        wanted = [index_of.get(label, ABSTAINED) for label in trial.expected]
        expected = np.array(wanted, dtype=np.int64)
        failed, otherwise = trial.check(before, after, expected)
        return Result(trial.kind, failed, otherwise, trial.groups, trial.bound, trial.compared)

    return tuple(map(judged, trials))


def undecided(_before: Outcomes, after: Outcomes, expected: Ints) -> Verdict:
    """Fail where the expected label is not what is decided; abstaining fails too."""
    failed = after.decided != expected
    return failed, failed & (after.decided != ABSTAINED)


def changed(before: Outcomes, after: Outcomes, _expected: Ints) -> Verdict:
    """Fail where the decision differs, abstaining being one of the decisions."""
    return before.decided != after.decided, _flips(before, after)


def flipped(before: Outcomes, after: Outcomes, _expected: Ints) -> Verdict:
    """Fail where another label is decided than before; abstaining on either side does not fail."""
    flips = _flips(before, after)
    return flips, flips


def silenced(before: Outcomes, after: Outcomes, _expected: Ints) -> Verdict:
    """Fail where the head abstains though it decided before."""
    failed = (before.decided != ABSTAINED) & (after.decided == ABSTAINED)
    return failed, np.zeros_like(failed)


def abstained(_before: Outcomes, after: Outcomes, _expected: Ints) -> Verdict:
    """Fail where the head abstains."""
    failed = after.decided == ABSTAINED
    return failed, np.zeros_like(failed)


def missed(_before: Outcomes, after: Outcomes, expected: Ints) -> Verdict:
    """Fail where the likeliest label is not the expected one, decided or not."""
    failed = after.best != expected
    return failed, failed & (after.decided != ABSTAINED)


def guessed(_before: Outcomes, after: Outcomes, expected: Ints) -> Verdict:
    """Fail where the likeliest label is the expected one: it could not have been known."""
    failed = after.best == expected
    return failed, np.zeros_like(failed)


def not_raised(before: Outcomes, after: Outcomes, expected: Ints) -> Verdict:
    """Fail where the expected label's probability does not rise; from 0.9 on it need not."""
    old, new = _score(before, expected), _score(after, expected)
    failed = (new <= old + _ROUNDING) & (new < _SURE)
    return failed, failed & (after.decided != ABSTAINED) & (after.decided != expected)


def lowered(before: Outcomes, after: Outcomes, expected: Ints) -> Verdict:
    """Fail where the expected label's probability falls by more than 0.05."""
    failed = _score(after, expected) < _score(before, expected) - _SLACK
    return failed, failed & (after.decided != ABSTAINED) & (after.decided != expected)


def _flips(before: Outcomes, after: Outcomes) -> Bools:
    both: Bools = (before.decided != ABSTAINED) & (after.decided != ABSTAINED)
    differ: Bools = before.decided != after.decided
    return np.logical_and(both, differ)


def _score(outcomes: Outcomes, labels: Ints) -> Floats:
    return np.asarray(outcomes.scores[np.arange(len(labels)), labels])
