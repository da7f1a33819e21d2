"""What a page draws of an answer: heads in order, labels by score, words of people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_SHOWN = 5
_SHOWN_FROM = 0.005  # lower thresholds hold nothing back
_STATUSES = {"not_applicable": "does not apply", "disabled": "switched off"}


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One label's score; `width` and `threshold` are percent of the bar."""

    label: str
    percent: str
    width: str
    is_best: bool
    threshold: str | None


@dataclass(frozen=True, slots=True)
class HeadRows:
    """One head as a page draws it; `rest` are the labels below the first five."""

    name: str
    version: str
    status: str
    label: str | None
    given: str
    abstained: bool
    answered: bool
    message: str
    rows: Sequence[ScoreRow]
    rest: Sequence[ScoreRow]
    threshold: str | None
    labels: Sequence[str]


def heads_of(answer: Mapping[str, Any]) -> list[HeadRows]:
    """Return an answer's heads: the intent first, then what answered, then the others."""
    heads = answer["heads"]

    def rank(name: str) -> tuple[int, str]:
        answered = heads[name]["status"] == "ok"
        return (0 if name == "intent" else 1 if answered else 2), name

    return [_head(name, heads[name]) for name in sorted(heads, key=rank)]


def words(label: str | None) -> str:
    """Return a label as words."""
    return "" if label is None else label.replace("_", " ")


def percent(share: float | None) -> str:
    """Return a share as percent, one digit behind the point."""
    return "-" if share is None else f"{100 * share:.1f} %"


def _head(name: str, head: Mapping[str, Any]) -> HeadRows:
    ranked = sorted(head["scores"].items(), key=lambda score: -score[1])
    threshold = head.get("threshold")
    rows = [_row(label, score, head["label"], threshold) for label, score in ranked]
    given = head.get("given")
    status = head["status"]
    return HeadRows(
        name=name,
        version=str(head.get("version") or ""),
        status="" if status == "ok" else _STATUSES.get(status, words(status)),
        label=head["label"],
        given=f"given {words(given['label'])} at {percent(given['probability'])}" if given else "",
        abstained=bool(head.get("abstained")),
        answered=status == "ok",
        message=head.get("message") or "",
        rows=rows[:_SHOWN],
        rest=rows[_SHOWN:],
        threshold=percent(threshold) if threshold and threshold >= _SHOWN_FROM else None,
        labels=[label for label, _ in ranked],
    )


def _row(label: str, score: float, best: str | None, threshold: float | None) -> ScoreRow:
    is_best = label == best
    is_marked = is_best and threshold is not None and threshold >= _SHOWN_FROM
    mark = f"{min(99.5, 100 * (threshold or 0)):.2f}%" if is_marked else None
    width = f"{min(100.0, max(0.4, 100 * score)):.2f}%"
    return ScoreRow(label, percent(score), width, is_best, mark)
