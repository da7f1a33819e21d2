"""Cohen's kappa: the textbook's figure, its limits, and one pair of annotators a line."""

import pytest

from gateway.annotation.agreement import Vote, agreements, cohens_kappa


def test_kappa_is_the_textbooks() -> None:
    """Fifty papers, two readers, 20 and 15 agreed: 0.7 observed, 0.5 by chance, kappa 0.4."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15

    agreed, kappa = cohens_kappa(pairs)

    assert agreed == pytest.approx(0.7)
    assert kappa == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a", "a"), ("b", "b")], 1.0),
        ([("a", "b"), ("b", "a")], -1.0),
        ([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")], 0.0),
        ([("a", "a")], None),
    ],
)
def test_kappa_has_its_limits(pairs: list[tuple[str, str]], expected: float | None) -> None:
    """One where all agree, less than nothing where none do, none where chance explains it all."""
    assert cohens_kappa(pairs)[1] == expected


def test_each_pair_of_annotators_is_compared_on_what_both_labelled() -> None:
    """A text that one alone labelled counts for no pair; heads stand apart."""
    votes = [
        Vote("1", "intent", "yes", "ann"), Vote("1", "intent", "yes", "bob"),
        Vote("2", "intent", "no", "ann"), Vote("2", "intent", "yes", "bob"),
        Vote("3", "intent", "no", "ann"), Vote("1", "topic", "x", "cem"),
    ]  # fmt: skip

    (found,) = agreements(votes)

    assert (found.head, found.annotators, found.texts) == ("intent", ("ann", "bob"), 2)
    assert found.agreed == 0.5
