"""Replies by what they want, for each value of a tag, and each value against the others."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.prediction_log.statistics.figures import Figures
from gateway.prediction_log.statistics.intervals import (
    Difference,
    Proportion,
    holm,
    proportion,
    share_difference,
)

MOST_SHOWN = 50
"""Values that are shown apart; the others are counted as an empty one."""
UNDECIDED = "none"


@dataclass(frozen=True, slots=True)
class IntentFigures:
    """How many replies have an intent, and how much more often than under the other values.

    The p value of `against_others` is adjusted for all tests of the answer.
    """

    replies: Proportion
    against_others: Difference | None


@dataclass(frozen=True, slots=True)
class TagGroup:
    """The replies to mails with one value of the tag; `none` counts those without an intent."""

    value: str
    volume: int
    intents: Mapping[str, IntentFigures]


def tag_groups(figures: Figures, tag: str) -> list[TagGroup]:
    """Return the groups of a tag, largest first, the rarest values together as ""."""
    counts = _with_rest(_counts(figures, tag))
    whole = _totals(counts.values())
    groups = [_group(value, intents, whole) for value, intents in counts.items()]
    return _adjusted(sorted(groups, key=lambda group: (group.value == "", -group.volume)))


def _counts(figures: Figures, tag: str) -> dict[str, dict[str, int]]:
    """Return rows by value and intent."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_, name, intent, _, value), each in figures.of_kind("tag"):
        if name == tag:
            counts[value][intent or UNDECIDED] += each.rows
    return counts


def _with_rest(counts: Mapping[str, Mapping[str, int]]) -> dict[str, Mapping[str, int]]:
    ordered = sorted(counts, key=lambda value: (value == "", -sum(counts[value].values()), value))
    shown, rare = ordered[:MOST_SHOWN], ordered[MOST_SHOWN:]
    kept: dict[str, Mapping[str, int]] = {value: counts[value] for value in shown}
    if rare:
        kept[""] = _totals([counts[value] for value in {*rare, ""} if value in counts])
    return kept


def _totals(groups: Iterable[Mapping[str, int]]) -> dict[str, int]:
    totals: dict[str, int] = defaultdict(int)
    for intents in groups:
        for intent, rows in intents.items():
            totals[intent] += rows
    return dict(totals)


def _group(value: str, intents: Mapping[str, int], whole: Mapping[str, int]) -> TagGroup:
    volume, others = sum(intents.values()), sum(whole.values()) - sum(intents.values())
    return TagGroup(
        value,
        volume,
        {
            intent: IntentFigures(
                own := proportion(intents.get(intent, 0), volume),
                share_difference(own, proportion(rows - own.rows, others)),
            )
            for intent, rows in sorted(whole.items(), key=lambda item: (-item[1], item[0]))
        },
    )


def _adjusted(groups: Sequence[TagGroup]) -> list[TagGroup]:
    """Replace every p value by the adjusted one; of two values each pair of tests is one test."""
    tested = groups[:1] if len(groups) == 2 else groups
    p_values = [
        None if figures.against_others is None else figures.against_others.p_value
        for group in tested
        for figures in group.intents.values()
    ]
    adjusted = holm(p_values)
    if len(groups) == 2:
        adjusted *= 2
    remaining = iter(adjusted)
    return [
        replace(group, intents={i: _with_p(f, next(remaining)) for i, f in group.intents.items()})
        for group in groups
    ]


def _with_p(figures: IntentFigures, p_value: float | None) -> IntentFigures:
    difference = figures.against_others
    if difference is None:
        return figures
    return replace(figures, against_others=replace(difference, p_value=p_value))
