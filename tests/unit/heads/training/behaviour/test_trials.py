"""Laws of trials: what fails by each check, rates, intervals, counts that join."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from heads.training.behaviour.outcomes import ABSTAINED, Ints, Outcomes
from heads.training.behaviour.trials import (
    Check,
    Result,
    Trial,
    abstained,
    changed,
    flipped,
    guessed,
    lowered,
    missed,
    not_raised,
    run,
    silenced,
    undecided,
)


def answers(*decided: int, best: Sequence[int] | None = None) -> Outcomes:
    """Make answers of two labels that decide so; where they abstain, label 0 is the likelier."""
    likeliest = np.array(best if best is not None else np.maximum(decided, 0))
    scores = np.where(np.arange(2) == likeliest[:, None], 0.8, 0.2)
    return Outcomes(scores, likeliest, np.array(decided))


def scored(*scores: float) -> Outcomes:
    """Make answers with these probabilities of label 1; all are decided."""
    table = np.stack([1 - np.array(scores), np.array(scores)], axis=1)
    return Outcomes(table, table.argmax(axis=1), table.argmax(axis=1))


def failures(check: Check, before: Outcomes, after: Outcomes, expected: int = 1) -> list[list[int]]:
    """Return the cases that fail, and those decided otherwise."""
    wanted: Ints = np.full(len(after.best), expected)
    return [np.flatnonzero(part).tolist() for part in check(before, after, wanted)]


def test_a_minimum_case_must_be_decided_as_its_label() -> None:
    """Abstaining fails; another label fails and is counted apart."""
    after = answers(1, 0, ABSTAINED)

    assert failures(undecided, after, after) == [[1, 2], [1]]


def test_an_invariance_fails_on_any_other_decision() -> None:
    """To and from abstaining too; only another label is decided otherwise."""
    before, after = answers(0, 0, ABSTAINED, 1), answers(1, ABSTAINED, 0, 1)

    assert failures(changed, before, after) == [[0, 1, 2], [0]]


def test_a_mail_flips_or_silences() -> None:
    """A flip needs two decisions; a silence one that was decided alone."""
    before, after = answers(0, 0, ABSTAINED, ABSTAINED), answers(1, ABSTAINED, 1, ABSTAINED)

    assert failures(flipped, before, after) == [[0], [0]]
    assert failures(silenced, before, after) == [[1], []]
    assert failures(abstained, before, before) == [[2, 3], []]


def test_an_answer_beside_its_mail_is_the_likeliest_label() -> None:
    """An abstention with the right likeliest label is right."""
    after = answers(ABSTAINED, ABSTAINED, 1, 0, best=(1, 0, 1, 0))

    assert failures(missed, after, after) == [[1, 3], [3]]
    assert failures(guessed, after, after)[0] == [0, 2]


def test_a_direction_is_a_probability_that_moves() -> None:
    """It must rise, unless it is 0.9 already; or it must not fall by more than 0.05."""
    before, after = scored(0.2, 0.2, 0.95, 0.7), scored(0.3, 0.2, 0.92, 0.6)

    assert failures(not_raised, before, after)[0] == [1, 3]
    assert failures(lowered, before, after)[0] == [3]


def test_all_trials_are_asked_at_once_and_each_pair_once() -> None:
    """Pairs that trials share are asked for once; labels are found by name; groups are kept."""
    asked: list[list[tuple[str, str]]] = []

    def ask(pairs: Sequence[tuple[str, str]]) -> Outcomes:
        asked.append(list(pairs))
        return answers(*(len(text) % 2 for text, _ in pairs))

    same = (("a", ""), ("bb", ""))
    trials = [
        Trial("one", same, same, ("no", "no"), ("a", "bb"), undecided, 0.5),
        Trial("two", same[:1], (("bb", ""),), ("",), ("g",), changed, 0.0, compared=False),
        Trial("none", (), (), (), (), changed, 0.0),
    ]
    one, two, none = run(trials, ("yes", "no"), ask)

    assert asked == [[("a", ""), ("bb", "")]]
    assert (one.failed.tolist(), one.met) == ([False, True], True)
    assert (two.rate, two.groups, two.met, two.compared) == (1.0, ("g",), False, False)
    assert (none.cases, none.rate) == (0, 0.0)


def result(failed: Sequence[bool], groups: Sequence[str]) -> Result:
    """Make a result of which no failure was decided otherwise."""
    return Result("k", np.array(failed), np.zeros(len(failed), bool), tuple(groups), 0.1, True)


def test_the_interval_counts_texts_not_cases() -> None:
    """Ten cases of one text say no more than one; Wilson's bounds hold the rate."""
    many, few = result([True] * 5 + [False] * 5, "abcdefghij"), result([True, False] * 5, "a" * 10)

    assert many.interval == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert few.interval[0] < many.interval[0] < 0.5 < many.interval[1] < few.interval[1]


def test_counts_join_cases_of_other_texts() -> None:
    """What is known by counts alone is added text by text; a text that was tried stays as it is."""
    joined = result([True, False, True], "aab").with_counts({"a": (9, 9, 9), "c": (3, 2, 1)})

    assert joined.counts() == {"a": (2, 1, 0), "b": (1, 1, 0), "c": (3, 2, 1)}
    assert joined.only({"c"}).failures == 2
    assert joined.rate_by_group()["a"] == 0.5
