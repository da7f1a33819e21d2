"""Show the peers' rows: one table a kind, with emails a second a core, and dollars a million."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.reports.tables import Ratio, table_row

SAME = "same weights, depth and precision"
SHIPPED = "as shipped"
OURS = "Trunkline"
_HEADER = (
    "| what | precision | heads | at once | answers/s | p50 ms | p95 ms | p99 ms | server CPU ms "
    "| emails/s a core | $ a million | memory MiB | start s | errors |"
)
_FIGURES = ("concurrency", "rate", "p50", "p95", "p99", "cpu_ms")
_EMPTY = 11  # cells from "at once" on, where there are no figures


def per_core(cpu_ms: float) -> float:
    """Return emails a second that a core would answer if it did nothing else; 0 if unknown."""
    return 1000 / cpu_ms if cpu_ms else 0.0


def per_million(cpu_ms: float, core_hour: float) -> float:
    """Return the dollars for the CPU of a million emails, at `core_hour` dollars a core."""
    return cpu_ms * 1000 / 3600 * core_hour


def peers_tables(rows: Sequence[Mapping[str, Any]], core_hour: float) -> str:
    """Return a Markdown table a kind; what did not run stands in it with its reason.

    Rows kept before there were kinds come in one table. `core_hour` 0: no price is known.
    """
    kinds = dict.fromkeys(row.get("kind", "") for row in rows)
    parts = []
    for kind in kinds:
        lines = [f"**{kind.capitalize()}**", ""] if kind else []
        lines += [_HEADER, f"|---|---|{'---:|' * (_HEADER.count('|') - 3)}"]
        lines += [_line(row, core_hour) for row in rows if row.get("kind", "") == kind]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def ratios(rows: Sequence[Mapping[str, Any]]) -> list[Ratio]:
    """Compare our rates with those of the best peers, as far as both were measured."""
    wanted = (
        ("same kind at 32 / best peer of it", SAME, SAME, 32, 2.0),
        ("same kind at 1 / best peer of it", SAME, SAME, 1, 1.3),
        ("as shipped at 32 / best peer of the same kind", SHIPPED, SAME, 32, 3.0),
        ("as shipped at 32 / best peer as shipped", SHIPPED, SHIPPED, 32, 1.0),
    )
    made = []
    for name, our_kind, their_kind, level, aim in wanted:
        ours = _best(rows, our_kind, level, ours=True)
        theirs = _best(rows, their_kind, level, ours=False)
        if ours and theirs:
            made.append(Ratio(name, ours / theirs, aim))
    return made


def _best(rows: Sequence[Mapping[str, Any]], kind: str, level: int, *, ours: bool) -> float:
    rates = (
        float(row["rate"])
        for row in rows
        if row.get("kind") == kind
        and row["concurrency"] == level
        and row["name"].startswith(OURS) is ours
    )
    return max(rates, default=0.0)


def _line(row: Mapping[str, Any], core_hour: float) -> str:
    heads = row["heads"] or "embedding only"
    cells: list[object] = [row["name"], row.get("precision", ""), heads]
    if row["trouble"]:
        cells += [" ".join(row["trouble"].split()).replace("|", "/"), *[""] * (_EMPTY - 1)]
    else:
        dollars = f"{per_million(row['cpu_ms'], core_hour):.2f}" if core_hour else ""
        cells += [f"{row[name]:g}" for name in _FIGURES]
        cells += [f"{per_core(row['cpu_ms']):.0f}", dollars, f"{row['memory_mb']:.0f}"]
        cells += [f"{row['start_s']:g}", row["errors"]]
    return table_row(cells)
