"""Writes statistics as one HTML page: pictures with their tables, no script, nothing loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gateway.prediction_log.statistics import charts, tables
from gateway.prediction_log.statistics.answer import Decisions, Statistics, TimeGroup
from gateway.prediction_log.statistics.charts import Item
from gateway.prediction_log.statistics.intervals import Proportion
from gateway.prediction_log.statistics.tables import percent
from gateway.prediction_log.statistics.versions import HeadFigures

if TYPE_CHECKING:  # a page of statistics needs no database's library
    from gateway.prediction_log.drift.windows import Drift

_TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, what it is called, what is to be seen, and the same as a table."""

    name: str
    title: str
    description: str
    drawn: charts.Bars | charts.Columns
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def render(
    whole: Statistics,
    tags: Mapping[str, Statistics],
    drift: Sequence[Drift],
    tenants: Sequence[str] | None,
    made_at: datetime,
) -> str:
    """Return the page of a window's statistics; `tags` hold those grouped by each tag."""
    return (
        _templates()
        .get_template("report.html")
        .render(
            **_values(whole, tags),
            tenants=None if tenants is None else [name or "nobody's" for name in tenants],
            made_at=made_at,
            drift=drift,
            drift_picture=_drift(drift) if drift else None,
        )
    )


def body_of(whole: Statistics, tags: Mapping[str, Statistics]) -> Markup:
    """Return the pictures and tables of such a page, for one that has styles of its own."""
    return Markup(_templates().get_template("body.html").render(**_values(whole, tags)))  # noqa: S704


def _values(whole: Statistics, tags: Mapping[str, Statistics]) -> dict[str, Any]:
    return {
        "whole": whole,
        "pictures": list(_pictures(whole)),
        "heads": [(head, _accuracy(head)) for head in whole.heads],
        "tags": tags,
        "notes": list(dict.fromkeys(n for each in (whole, *tags.values()) for n in each.notes)),
    }


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(_TEMPLATES)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    for make_rows in (
        tables.version_rows, tables.label_rows, tables.difference_rows, tables.tag_rows,
        tables.tag_tests,
    ):  # fmt: skip
        environment.globals[make_rows.__name__] = make_rows
    return environment


def _pictures(whole: Statistics) -> list[Picture]:
    decisions = whole.decisions
    pictures = [
        _volume(whole.groups),
        _shares("intents", "What the emails want", decisions.intents, "Share of all emails"),
        _shares("opt-outs", "Opt-outs", decisions.opt_outs, "Share of all emails"),
        _latency(decisions),
        _shares("decided", "Who decided", decisions.decided_by, "Share of all emails"),
        _shares("cache", "Where the vector came from", decisions.cache, "Share of all emails"),
    ]
    return [picture for picture in pictures if picture.rows]


def _volume(groups: Sequence[TimeGroup]) -> Picture:
    by_hour = len(groups) > 1 and groups[1].at - groups[0].at < timedelta(days=1)
    form = "%d %b %H:%M" if by_hour else "%d %b"
    items = [
        Item(f"{group.at:{form}}", group.decisions.volume, str(group.decisions.volume))
        for group in groups
    ]
    unit = "hour" if by_hour else "day"
    most = max(items, key=lambda item: item.value, default=Item("-", 0, "0"))
    rows = [
        (item.label, item.text, percent(group.decisions.abstained))
        for item, group in zip(items, groups, strict=True)
    ]
    return Picture(
        "volume", f"Emails by {unit}", f"A column for each {unit}, UTC; most, {most.text}, on "
        f"{most.label}.", charts.columns(items), (unit, "emails", "abstained (95 %)"), rows,
    )  # fmt: skip


def _shares(name: str, title: str, shares: Mapping[str, Proportion], what: str) -> Picture:
    known = {value: share for value, share in shares.items() if share.share is not None}
    items = [
        Item(value, share.share or 0.0, f"{share.share or 0.0:.1%}", share.low, share.high)
        for value, share in known.items()
    ]
    first = f"most: {items[0].label}, {items[0].text}" if items else "there are none"
    return Picture(
        name, title, f"{what}, the line being an interval of 95 %; {first}.",
        charts.bars(items, scale=1.0),
        (title.lower(), "emails", "share (95 %)"),
        [(value, f"{share.rows:,}", percent(share)) for value, share in known.items()],
    )  # fmt: skip


def _latency(decisions: Decisions) -> Picture:
    stages = {s: decisions.latency_ms[s] for s in ("clean", "embed", "heads", "total")
              if s in decisions.latency_ms}  # fmt: skip
    items = [
        Item(stage, each.p95 or 0.0, f"{each.p95 or 0.0:.1f} ms", each.p50, each.p99)
        for stage, each in stages.items()
    ]
    rows = [
        (stage, f"{each.rows:,}", f"{each.mean:.1f}",
         *(f"{ms or 0:.1f}" for ms in (each.p50, each.p90, each.p95, each.p99)))
        for stage, each in stages.items()
    ]  # fmt: skip
    return Picture(
        "latency", "Latency", "The 95th percentile of each stage in milliseconds, the line "
        "reaching from the median to the 99th; exact to 12 %.", charts.bars(items),
        ("stage", "emails", "mean", "p50", "p90", "p95", "p99"), rows,
    )  # fmt: skip


def _accuracy(head: HeadFigures) -> Picture | None:
    """Draw what calibrated scores promise beside what corrections say, for each version."""
    items = []
    for each in head.versions:
        expected, right = each.expected_accuracy, each.feedback.right_of_acted
        if expected is not None:
            name = f"version {each.version}: expected from scores"
            items.append(
                Item(name, expected.value, f"{expected.value:.1%}", expected.low, expected.high)
            )
        if right.share is not None:
            name = f"version {each.version}: right, of {right.of} corrected"
            items.append(Item(name, right.share, f"{right.share:.1%}", right.low, right.high))
    if not items:
        return None
    return Picture(
        f"accuracy-{head.head}", f"{head.head}: accuracy of what it acted on",
        "Expected from calibrated scores, and as corrected; the line is an interval of 95 %.",
        charts.bars(items, scale=1.0), ("version and measure", "accuracy"),
        [(item.label, item.text) for item in items],
    )  # fmt: skip


def _drift(drifts: Sequence[Drift]) -> Picture:
    items, rows = [], []
    for drift in drifts:
        name = f"{drift.which.head} {drift.which.version[:16]}: {drift.measure}"
        times = drift.distance.value / (drift.distance.threshold or 1e-9)
        items.append(Item(name, times, f"{times:.2f}"))
        distances = (f"{drift.distance.value:.4f}", f"{drift.distance.threshold:.4f}")
        rows.append((name, f"{drift.at:%Y-%m-%d %H:%M}", *distances))
    beyond = sum(drift.distance.drifted for drift in drifts)
    return Picture(
        "drift", "Drift", "Distance from the reference as a multiple of what chance alone does, "
        f"which is the line; {beyond} of {len(items)} lie beyond it.",
        charts.bars(items, mark=1.0), ("measure", "up to", "distance", "threshold"), rows,
    )  # fmt: skip
