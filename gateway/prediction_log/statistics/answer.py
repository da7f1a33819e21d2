"""Makes the answer of `/v1/statistics` from what was read: shares with intervals, and notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.prediction_log.statistics.buckets import percentiles
from gateway.prediction_log.statistics.figures import Evidence, Figures
from gateway.prediction_log.statistics.intervals import Proportion, proportion
from gateway.prediction_log.statistics.query import StatisticsQuery
from gateway.prediction_log.statistics.tags import TagGroup, tag_groups
from gateway.prediction_log.statistics.versions import HeadFigures, head_figures

NOTES = {
    "feedback": "People correct what is wrong and pass over what is right, so that accuracy of "
    "corrected answers is lower than that of all, and annotators are given what heads doubt: "
    "compare versions by it, do not quote it. "
    "Intervals count chance alone, not this bias.",
    "expected": "Expected accuracy is the mean probability of the answers that were acted on. It "
    "needs no labels and is right as far as the head is calibrated for this mail: where drift is "
    "shown it is not.",
    "comparison": "Versions answered different mails, unless one was a candidate beside the other; "
    "a difference may be one of the mails.",
    "tags": "Shares are of the replies that came, by what they want: how many mails were sent is "
    "not known here. Each value is tested against all others; with two values that is the one "
    "against the other. P values of all these tests are adjusted together by Holm's method.",
    "rare": "The rarest values of this tag are counted together, as an empty one.",
}
"""What a reader must know beside the numbers, by its occasion."""
_QUANTILES = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds of the emails that went through a stage; percentiles are exact to 12 %."""

    rows: int
    mean: float
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What was decided of all emails of a window; shares are of `volume`."""

    volume: int
    decided_by: Mapping[str, Proportion]
    intents: Mapping[str, Proportion]
    abstained: Proportion
    opt_outs: Mapping[str, Proportion]
    coverage: Mapping[str, Proportion]
    cache: Mapping[str, Proportion]
    latency_ms: Mapping[str, Latency]


@dataclass(frozen=True, slots=True)
class TimeGroup:
    """One hour or day; `heads` only where one head was asked for."""

    at: datetime
    decisions: Decisions
    heads: Sequence[HeadFigures]


@dataclass(frozen=True, slots=True)
class Statistics:
    """An answer; `hours_from_rows` were counted for it, the others before."""

    start: datetime
    end: datetime
    hours_from_rows: int
    decisions: Decisions
    heads: Sequence[HeadFigures]
    groups: Sequence[TimeGroup]
    tag_groups: Sequence[TagGroup]
    notes: Sequence[str]


def statistics(query: StatisticsQuery, evidence: Evidence) -> Statistics:
    """Return the answer to a question."""
    heads = head_figures(query, evidence.figures, evidence.judged)
    groups = [_time_group(query, at, part) for at, part in sorted(evidence.by_group.items())]
    tags = tag_groups(evidence.figures, query.tag) if query.tag else []
    return Statistics(
        query.window.start, query.window.end, evidence.hours_from_rows,
        decisions(evidence.figures), heads, groups, tags, _notes(heads, tags),
    )  # fmt: skip


def decisions(figures: Figures) -> Decisions:
    """Return what was decided, as shares of all."""
    decided_by = figures.counts("decided_by")
    volume = sum(decided_by.values())

    def shares(kind: str, absent: str = "none") -> dict[str, Proportion]:
        counts = figures.counts(kind)
        named = {value or absent: rows for value, rows in counts.items()}
        ordered = sorted(named.items(), key=lambda item: (-item[1], item[0]))
        return {value: proportion(rows, volume) for value, rows in ordered}

    return Decisions(
        volume=volume,
        decided_by=shares("decided_by"),
        intents=shares("intent"),
        abstained=proportion(figures.counts("abstained").get("yes", 0), volume),
        opt_outs=shares("opt_out", "unknown"),
        coverage=shares("coverage"),
        cache=shares("cache_path"),
        latency_ms={stage: _latency(figures, stage) for stage in figures.names("latency")},
    )


def _latency(figures: Figures, stage: str) -> Latency:
    own = [(key, each) for key, each in figures.of_kind("latency") if key[1] == stage]
    rows, total = sum(each.rows for _, each in own), sum(each.total for _, each in own)
    buckets = {int(key[4]): each.rows for key, each in own}
    return Latency(rows, total / rows, *percentiles(buckets, _QUANTILES))


def _time_group(query: StatisticsQuery, at: datetime, figures: Figures) -> TimeGroup:
    heads = head_figures(query, figures, ()) if query.head else []
    return TimeGroup(at, decisions(figures), heads)


def _notes(heads: Sequence[HeadFigures], tags: Sequence[TagGroup]) -> list[str]:
    versions = [version for head in heads for version in head.versions]
    occasions = {
        "feedback": any(version.feedback.judged for version in versions),
        "expected": any(version.expected_accuracy for version in versions),
        "comparison": any(head.comparison for head in heads),
        "tags": bool(tags),
        "rare": any(group.value == "" for group in tags),
    }
    return [NOTES[name] for name, shown in occasions.items() if shown]
