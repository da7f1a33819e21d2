"""Shows a head's behaviour as Markdown tables: rates, intervals, bounds, beside production."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from heads.training.behaviour.measure import Behaviour, Compared
from heads.training.behaviour.trials import Result

_ORDER = ("minimum", "invariance", "direction", "context")


def behaviour_table(behaviour: Behaviour, version: str, production: str | None) -> list[str]:
    """Return lines of a table with a line a kind, production's rate beside it where there is one.

    "decided otherwise" counts the failures in which another label was decided.
    """
    if not behaviour.kinds:
        return []
    against = f" production {production} | worse, better texts | p |" if production else ""
    own = f"version {version} (95 %)"
    lines = [
        f"| failures of | cases | {own} | decided otherwise | bound |{against} |",
        "|---|---:|---|---:|---|" + "---|---|---:|" * bool(production) + "---|",
    ]
    for kind in behaviour.kinds:
        beside = ""
        if production and kind.old is not None:
            beside = f" {kind.old.rate:.3f} | {kind.worse}, {kind.better} | {kind.p:.2g} |"
        lines.append(
            f"| {kind.new.kind} | {kind.new.cases} | {_rate(kind.new)}"
            f" | {int(kind.new.otherwise.sum())} | {kind.new.bound:g} |{beside} {_word(kind)} |"
        )
    return lines


def summary_table(measured: Mapping[str, Behaviour]) -> list[str]:
    """Return lines of one table of several heads: a line a kind, a column a head."""
    kinds = list(dict.fromkeys(k.new.kind for b in measured.values() for k in b.kinds))
    kinds.sort(key=lambda kind: _ORDER.index(kind.partition(":")[0]))
    rates = {
        name: {kind.new.kind: _cell(kind.new) for kind in behaviour.kinds}
        for name, behaviour in measured.items()
    }
    bounds = {k.new.kind: k.new.bound for b in measured.values() for k in b.kinds}
    lines = [
        f"| failures of | bound | {' | '.join(rates)} |",
        "|---|---:|" + "---:|" * len(rates),
    ]
    for kind in kinds:
        cells = " | ".join(rates[name].get(kind, "") for name in rates)
        lines.append(f"| {kind} | {bounds[kind]:g} | {cells} |")
    return lines


def refusals(kinds: Sequence[Compared]) -> tuple[str, ...]:
    """Return the reasons why a version's behaviour refuses it."""
    return tuple(kind.reason() for kind in kinds if kind.refused)


def _rate(result: Result) -> str:
    low, high = result.interval
    return f"{result.failures}: {result.rate:.3f} ({low:.3f}-{high:.3f})"


def _cell(result: Result) -> str:
    missed = "" if result.met else " **missed**"
    return f"{result.failures}/{result.cases} {result.rate:.2f}{missed}"


def _word(kind: Compared) -> str:
    return "worse" if kind.refused else "met" if kind.new.met else "missed"
