"""Figures of head versions, and the newer one against the older."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.prediction_log.statistics.figures import Figures, Judged, Sum
from gateway.prediction_log.statistics.intervals import (
    Difference,
    Proportion,
    Z,
    chi_squared,
    mean_difference,
    proportion,
    share_difference,
)
from gateway.prediction_log.statistics.query import StatisticsQuery


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How often a label was the best one, and its mean probability then."""

    answers: Proportion
    acted: int
    mean_probability: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean of some rows with its interval of 95 %."""

    of: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FeedbackFigures:
    """Corrections: how many answers were judged, right, and right where the head had acted."""

    judged: int
    accepted: int
    judged_share: float | None
    right: Proportion
    right_of_acted: Proportion


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """What one version of a head answered, in any role; shares are of answers with status `ok`."""

    version: str
    roles: Mapping[str, int]
    volume: int
    statuses: Mapping[str, int]
    labels: Mapping[str, LabelFigures]
    abstained: Proportion
    mean_probability: float | None
    expected_accuracy: Estimate | None
    feedback: FeedbackFigures


@dataclass(frozen=True, slots=True)
class Comparison:
    """The newer of two versions against the older; a difference is new less old, None untold.

    `label_mix_p_value` is that of the same mix of labels, by a chi-squared test.
    """

    old: str
    new: str
    abstained: Difference | None
    mean_probability: Difference | None
    right: Difference | None
    right_of_acted: Difference | None
    label_mix_p_value: float | None


@dataclass(frozen=True, slots=True)
class HeadFigures:
    """One head's versions, oldest first, and the two with most answers compared."""

    head: str
    versions: Sequence[VersionFigures]
    comparison: Comparison | None


def head_figures(
    query: StatisticsQuery, figures: Figures, judged: Sequence[Judged]
) -> list[HeadFigures]:
    """Return every head's figures, or those of the head and version that are asked for."""
    return [
        HeadFigures(head, versions, _comparison(head, versions, figures))
        for head in figures.names("status")
        if (versions := _versions(query, head, figures, judged))
    ]


def natural_order(version: str) -> tuple[int, str]:
    """Return the key that sorts versions: numbers as numbers, before other names."""
    return (int(version), "") if version.isdecimal() else (1 << 60, version)


def _versions(
    query: StatisticsQuery, head: str, figures: Figures, judged: Sequence[Judged]
) -> list[VersionFigures]:
    names = {key[2] for key, _ in figures.of_kind("status") if key[1] == head}
    wanted = names if query.version is None else names & {query.version}
    own = [each for each in judged if each.head == head]
    return [
        _version(head, version, figures, [each for each in own if each.version == version])
        for version in sorted(wanted, key=natural_order)
    ]


def _version(head: str, version: str, figures: Figures, judged: Sequence[Judged]) -> VersionFigures:
    statuses: dict[str, int] = defaultdict(int)
    roles: dict[str, int] = defaultdict(int)
    for (_, name, own, role, status), each in figures.of_kind("status"):
        if (name, own) == (head, version):
            statuses[status] += each.rows
            roles[role] += each.rows
    labels, acted = (_by_label(head, version, figures, kind) for kind in ("label", "acted"))
    answered, done = _whole(labels), _whole(acted)
    return VersionFigures(
        version=version,
        roles=dict(roles),
        volume=sum(statuses.values()),
        statuses=dict(statuses),
        labels={
            label: LabelFigures(
                proportion(each.rows, answered.rows),
                acted[label].rows if label in acted else 0,
                each.total / each.rows,
            )
            for label, each in sorted(labels.items(), key=lambda item: (-item[1].rows, item[0]))
        },
        abstained=proportion(answered.rows - done.rows, answered.rows),
        mean_probability=answered.total / answered.rows if answered.rows else None,
        expected_accuracy=_expected(done),
        feedback=_feedback(judged, answered.rows),
    )


def _by_label(head: str, version: str, figures: Figures, kind: str) -> dict[str, Sum]:
    sums: dict[str, Sum] = defaultdict(Sum)
    for (_, name, own, _, label), each in figures.of_kind(kind):
        if (name, own) == (head, version):
            sums[label].add(each.rows, each.total, each.squares)
    return dict(sums)


def _whole(sums: Mapping[str, Sum]) -> Sum:
    whole = Sum()
    for each in sums.values():
        whole.add(each.rows, each.total, each.squares)
    return whole


def _expected(acted: Sum) -> Estimate | None:
    """Return the accuracy that calibrated probabilities promise of the answers acted on.

    Each is right with its own probability, so that of n answers the share of right ones has a
    variance of sum(p (1 - p)) / n^2.
    """
    if not acted.rows:
        return None
    value = acted.total / acted.rows
    half = Z * math.sqrt(max(0.0, acted.total - acted.squares)) / acted.rows
    return Estimate(acted.rows, value, max(0.0, value - half), min(1.0, value + half))


def _feedback(judged: Sequence[Judged], answered: int) -> FeedbackFigures:
    rows = sum(each.rows for each in judged)
    acted = [each for each in judged if each.acted]
    right = sum(each.rows for each in judged if each.right)
    return FeedbackFigures(
        judged=rows,
        accepted=sum(each.accepted for each in judged),
        judged_share=rows / answered if answered else None,
        right=proportion(right, rows),
        right_of_acted=proportion(
            sum(each.rows for each in acted if each.right), sum(each.rows for each in acted)
        ),
    )


def _comparison(
    head: str, versions: Sequence[VersionFigures], figures: Figures
) -> Comparison | None:
    """Compare the two versions with most answers, where there are two."""
    largest = sorted(versions, key=lambda each: -each.volume)[:2]
    if len(largest) < 2:
        return None
    old, new = sorted(largest, key=lambda each: natural_order(each.version))
    sums = [_whole(_by_label(head, each.version, figures, "label")) for each in (new, old)]
    means = [(each.rows, each.total, each.squares) for each in sums]
    labels = sorted({*old.labels, *new.labels})
    return Comparison(
        old=old.version,
        new=new.version,
        abstained=share_difference(new.abstained, old.abstained),
        mean_probability=mean_difference(means[0], means[1]),
        right=share_difference(new.feedback.right, old.feedback.right),
        right_of_acted=share_difference(new.feedback.right_of_acted, old.feedback.right_of_acted),
        label_mix_p_value=chi_squared(
            [_rows(old, label) for label in labels], [_rows(new, label) for label in labels]
        ),
    )


def _rows(version: VersionFigures, label: str) -> int:
    return version.labels[label].answers.rows if label in version.labels else 0
