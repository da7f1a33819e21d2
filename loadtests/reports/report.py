"""Write a run's report: JSON for machines, one HTML page with its plots inside for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from loadtests.reports import plots
from loadtests.reports.html import render

RESULTS = Path(__file__).resolve().parents[1] / "results"
Result = Mapping[str, Any]

_CONDITIONS = (
    "command", "target", "machine", "load", "mix", "settings", "warm_up", "events", "versions",
    "load_average",
)  # fmt: skip


def write(result: Result, folder: Path = RESULTS) -> tuple[Path, Path]:
    """Write `run-<scenario>-<date>.json` and `.html`; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"run-{result['scenario']}-{result['machine']['date']}"
    paths = stem.with_suffix(".json"), stem.with_suffix(".html")
    paths[0].write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    paths[1].write_text(page(result), encoding="utf-8")
    return paths


def summary(result: Result) -> str:
    """Describe the run in a few lines for a terminal."""
    figures, reference = result["totals"], result["oracle"]
    latency = ", ".join(f"{name} {value:.1f}" for name, value in figures["latency_ms"].items())
    lines = [
        f"{figures['rate']:.1f} right answers/s of {figures['requests']} requests; ms: {latency}",
        f"failures {figures['failures']} {figures['reasons'] or ''}, refused {figures['refused']}",
        f"hit ratio {figures['hit_ratio']:.3f}, coverage {figures['coverage']:.5f}",
        f"reference: {reference['compared']} compared, {reference['disagreeing']} disagree, "
        f"largest difference {reference['largest']}, other tokens {reference['other_tokens']}",
        f"load average {result['load_average']['before']:.1f} before, "
        f"{result['load_average']['after']:.1f} after",
    ]
    if reference["note"]:
        lines.append(f"reference {reference['note']}")
    lines += [
        f"{name}: {use['cores']:.2f} cores, {use['memory_mb_last']:.0f} MiB"
        for name, use in result["usage"].items()
    ]
    if "recovery_s" in result:
        lines.append(f"all answers right again {result['recovery_s']} s after the loss")
    for name, grown in result.get("drift", {}).items():
        bounds = f"(95 %: {grown['low']:+.2f} to {grown['high']:+.2f})"
        outcome = "flat" if grown["flat"] else "NOT flat"
        lines.append(f"{name}: memory {grown['slope']:+.2f} MiB a minute {bounds}, {outcome}")
    return "\n".join(f"  {line}" for line in lines)


def problems(result: Result, limit_p95_ms: float | None = None) -> list[str]:
    """List why the run is not good enough; nothing where it is.

    With a limit refusals count too: it means that every email is to be answered in time.
    """
    figures, reference = result["totals"], result["oracle"]
    reasons = []
    if figures["failures"]:
        reasons.append(f"{figures['failures']} failures: {figures['reasons']}")
    if reference["disagreeing"] or reference["other_tokens"]:
        contradicting = f"{reference['disagreeing']} + {reference['other_tokens']}"
        reasons.append(f"{contradicting} answers contradict the reference")
    reasons += [
        f"the memory of {name} is not flat"
        for name, grown in result.get("drift", {}).items()
        if not grown["flat"]
    ]
    if limit_p95_ms is not None:
        p95 = figures["latency_ms"]["p95"]
        if not p95 <= limit_p95_ms:  # also when there is none
            reasons.append(f"p95 {p95:.0f} ms is above {limit_p95_ms:g}")
        if figures["refused"]:
            reasons.append(f"{figures['refused']} refused")
    return reasons


def page(result: Result) -> str:
    """Return the run's HTML page, its plots inside."""
    return render(
        "run.html",
        result=result,
        summary=summary(result),
        plots=plots.run_plots(result),
        levels=_by_level(result["levels"]),
        conditions={name: json.dumps(result[name]) for name in _CONDITIONS},
    )


def _by_level(levels: Sequence[Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return rows by the level's name, the level itself left out."""
    return {f"{row['level']:g}": {k: v for k, v in row.items() if k != "level"} for row in levels}
