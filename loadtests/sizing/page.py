"""Put a sizing's reasoning into words, for a terminal and for a page with its plots."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from loadtests.reports.html import render
from loadtests.sizing.deployment import read_prices
from loadtests.sizing.result import Sized


def reasoning(sized: Sized) -> list[str]:
    """Explain the numbers and how they came about, one sentence or two a line."""
    order, model, best = sized.order, sized.model, sized.search.best
    quiet, busy, _ = sized.levels
    parts = ", ".join(f"{name} {1e3 * used:.2f}" for name, used in busy.cpu_s.items())
    trials = len(sized.search.trials)
    unfinished = [name.lower() for name in best.settings if name not in sized.search.knees]
    return [
        f"Asked: {order.rate:g} emails/s, p95 within {order.slo_p95_ms:g} ms, "
        f"{order.hit_ratio:.0%} hits, {order.heads} heads.",
        f"Searched {trials} settings on {model.cores} cores; the knee is "
        + ", ".join(f"{name.lower()}={value}" for name, value in best.settings.items()) + ".",
        *([f"Out of budget before {', '.join(unfinished)}: left as it was."] if unfinished else []),
        f"Busy, this machine answers {busy.run.rate:.0f}/s (client on the same cores); "
        f"CPU ms an email: {parts}; quiet {1e3 * quiet.total_cpu_s:.1f} in all; "
        f"{busy.hit_ratio:.1%} hits measured.",
        *(
            f"Model against held-back measurement at {check.rate:.0f}/s: p{check.percent:g} "
            f"{check.predicted_ms:.0f} ms predicted, {check.measured_ms:.0f} measured, "
            f"error {check.error:+.0%}."
            for check in sized.checks
        ),
        f"Cache: {sized.cache.entries:,} entries ({sized.cache.memory_bytes / 2**20:.0f} MiB) hit "
        f"{sized.cache.hit_ratio:.1%}, within one point of a cache without bound.",
        *_deployment(sized),
        *sized.fleet,
        f"Load average {sized.load_average[0]:.1f} before, {sized.load_average[1]:.1f} after.",
    ]  # fmt: skip


def _deployment(sized: Sized) -> list[str]:
    deployment, prices = sized.deployment, read_prices()
    tasks = ", ".join(
        f"{task.count} x {task.service} ({task.cpu} CPU units, {task.memory_mib} MiB)"
        for task in deployment.tasks
    )
    relation = "within" if deployment.within_limit else "NOT within"
    return [
        f"Deployment: {tasks}. Busiest at {deployment.utilisation:.0%}, "
        f"p95 {deployment.p95_ms:.0f} ms predicted for callers that come at random, "
        f"{relation} the limit; a vCPU is taken to be as fast as a core here.",
        f"Cost: {deployment.per_hour:.3f} $/h, {deployment.per_thousand:.5f} $ per 1,000 emails "
        f"at that rate ({prices.source}, {prices.region}, read {prices.read}). {prices.note}",
    ]


def write_page(path: Path, lines: list[str], plots: Mapping[str, str]) -> Path:
    """Write one HTML file that needs no other; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render("sizing.html", lines=lines, plots=plots), encoding="utf-8")
    return path
