"""Sums up an answer in a few lines for people: decision, reason, referral, dates, time taken."""

from collections.abc import Iterator, Mapping
from typing import Any


def summary(answer: Mapping[str, Any]) -> list[str]:
    """Return the lines for an answer of `/v1/classify`; what it does not hold has none."""
    rows = [row for row in _rows(answer) if row[1]]
    return [f"{name:<10}{text}" for name, text in rows]


def _rows(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    decision = answer["decision"]
    yield "decision", _decision(answer)
    reason = decision.get("objection_reason")
    yield "reason", _with_probability(answer, "objection_reason", reason) if reason else ""
    yield "referral", ", ".join(_person(person) for person in answer.get("referral") or ())
    yield "opt-out", {"yes": "yes", "review": "to be looked at"}.get(decision.get("opt_out"), "")
    yield "follow up", _follow_up(answer.get("follow_up"))
    timings = answer.get("timings_ms", {})
    yield "took", f"{timings['total']:.0f} ms" if "total" in timings else ""


def _decision(answer: Mapping[str, Any]) -> str:
    decision = answer["decision"]
    if decision["decided_by"] == "rule":
        return f"{decision['intent'] or 'none'}, by the rule {decision['rule']}"
    if decision["intent"] is None:
        return "none: too unsure to act on"
    return _with_probability(answer, "intent", decision["intent"])


def _with_probability(answer: Mapping[str, Any], head: str, label: str) -> str:
    probability = answer["heads"].get(head, {}).get("probability")
    return label if probability is None else f"{label} ({probability:.0%} sure)"


def _person(person: Mapping[str, Any]) -> str:
    ways = [person[way] for way in ("email", "phone") if person.get(way)]
    name = person.get("name") or person.get("role") or person.get("team") or ""
    return f"{name} <{', '.join(ways)}>".strip() if ways else name


def _follow_up(days: Mapping[str, Any] | None) -> str:
    if not days:
        return ""
    bounds = (("from", days["not_before"]), ("until", days["until"]))
    return " ".join(f"{word} {day}" for word, day in bounds if day)
