"""Run a sizing from first measurement to written files, within a budget of minutes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from loadtests.reports import plots
from loadtests.reports.results import newest
from loadtests.sizing import deployment as deploying
from loadtests.sizing import measure
from loadtests.sizing.caching import (
    CachePoint,
    entry_bytes,
    hit_curve,
    logged,
    modelled,
    smallest_enough,
)
from loadtests.sizing.deployment import Demand, deploy, read_prices
from loadtests.sizing.fleet import advice
from loadtests.sizing.measure import Laboratory, Level, Traffic
from loadtests.sizing.model import check, learn
from loadtests.sizing.page import reasoning, write_page
from loadtests.sizing.result import Order, Sized
from loadtests.sizing.search import Axis, Search, Settings, Trial, coordinate_search
from loadtests.stack.catalogs import production_views
from loadtests.stack.machine import machine
from loadtests.traffic.corpus import Repeats, TextStream

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "loadtests" / "results"
SEARCH_SHARE = 0.7  # of the budget; the rest is for the three levels that the model needs
OVERHEAD_S = 8.0  # to restart one service and to warm it
MODELLED_TEXTS, MODELLED_KEYS, DIM = 100_000, 50_000, 384
SETTING_PAIRS = (  # drawn as heat maps, the first of each downwards
    ("GATEWAY_WORKERS", "EMBEDDER_STREAMS"), ("GATEWAY_WORKERS", "GATEWAY_THREADS"),
    ("HEADS_WORKERS", "HEADS_THREADS"), ("EMBEDDER_STREAMS", "EMBEDDER_MAX_BATCH_TOKENS"),
)  # fmt: skip


def axes(cores: int) -> tuple[Axis, ...]:
    """Return the settings that are tried, the likeliest to matter first."""
    streams = tuple(sorted({1, max(1, cores // 2), cores}))
    workers = tuple(sorted({1, cores, 2 * cores}))
    return (
        Axis("EMBEDDER_STREAMS", streams), Axis("GATEWAY_WORKERS", workers),
        Axis("EMBEDDER_MAX_BATCH_TOKENS", (1024, 4096, 16384)),
        Axis("GATEWAY_THREADS", (8, 16, 32)), Axis("HEADS_WORKERS", (1, cores)),
        Axis("HEADS_THREADS", (4, 8, 16)),
    )  # fmt: skip


def start(cores: int) -> dict[str, int]:
    """Return where the search begins: the services' own defaults."""
    return {
        "EMBEDDER_STREAMS": cores, "GATEWAY_WORKERS": min(cores, max(2, cores // 2)),
        "EMBEDDER_MAX_BATCH_TOKENS": 4096, "GATEWAY_THREADS": 16, "HEADS_WORKERS": 2,
        "HEADS_THREADS": 8,
    }  # fmt: skip


def size(order: Order, show: Callable[[str], None]) -> Sized:
    """Measure and reason; return all results and write nothing."""
    before, cores = os.getloadavg()[0], measure.cores()
    traffic = Traffic(order.hit_ratio, order.heads)
    with measure.laboratory(traffic) as laboratory:
        search = _search(order, laboratory, cores, show)
        levels, memory = _levels(order, laboratory, search.best.settings, show)
    model = learn(levels[0], levels[1], cores)
    checks = tuple(check(model, levels[2]))
    caches, cache = _caches(order)
    cached = cache.memory_bytes / 2**20
    memory["embedder"] = max(memory["embedder"] + cached, 2 * cached)  # as terraform/ demands
    demands = [
        Demand(name, levels[2].cpu_s[name], memory[name], model.scv)
        for name in ("embedder", "heads", "gateway")
    ]
    deployed = deploy(demands, model.base_s, order.rate, order.slo_p95_ms, read_prices())
    variables = deploying.variables(deployed, search.best.settings, cache.memory_bytes, cores)
    return Sized(order, search, levels, model, checks, caches, cache, deployed, variables,
                 (before, os.getloadavg()[0]), _fleet(order, model.busy_rate))  # fmt: skip


def _fleet(order: Order, busy_rate: float) -> tuple[str, ...]:
    """Ask the simulation where the rate is more than this machine answers."""
    if order.rate <= busy_rate:
        return ()
    content = newest(RESULTS, "simulation")
    return tuple(advice(content, order.rate, order.slo_p95_ms, order.hit_ratio))


def _search(
    order: Order, laboratory: Laboratory, cores: int, show: Callable[[str], None]
) -> Search:
    """Search every axis at least once; the budget decides how long each setting is measured."""
    candidates, begun = axes(cores), time.monotonic()
    budget = order.minutes * 60 * SEARCH_SHARE
    trials = 1 + sum(len(axis.values) - 1 for axis in candidates)
    seconds = min(30.0, max(2.0, budget / trials - OVERHEAD_S))

    def left() -> float:
        return budget - (time.monotonic() - begun)

    def measure_setting(settings: Settings) -> Trial:
        done = min(1.0, 1 - left() / budget)
        bar = "#" * round(20 * done)
        return laboratory.trial(
            settings, seconds, order.slo_p95_ms,
            lambda line: show(f"  [{bar:.<20}] {max(0.0, left()):4.0f} s left  {line}"),
        )  # fmt: skip

    return coordinate_search(start(cores), candidates, measure_setting, lambda: left() > 0)


def _levels(
    order: Order, laboratory: Laboratory, settings: Settings, show: Callable[[str], None]
) -> tuple[tuple[Level, Level, Level], dict[str, float]]:
    """Measure a busy, a quiet and a held-back level on one stack, and the memory after them."""
    seconds = max(4.0, order.minutes * 60 * (1 - SEARCH_SHARE) / 3 - OVERHEAD_S / 3)
    ready = laboratory.bench(settings)
    busy = ready.level(seconds)
    show(f"  busy: {busy.run.rate:.0f}/s with {measure.CLOSED_CONNECTIONS} connections")
    quiet = ready.level(seconds, max(2.0, busy.run.rate * 0.1))
    held_back = ready.level(seconds, max(4.0, busy.run.rate * 0.6))
    show(f"  held back: {held_back.offered:.0f}/s, p95 {held_back.run.percentile_ms(95):.0f} ms")
    return (quiet, busy, held_back), ready.memory()


def _caches(order: Order) -> tuple[dict[str, list[CachePoint]], CachePoint]:
    """Return curves for modelled traffic and the user's own log, if any, and the cache to use."""
    bytes_each = entry_bytes(DIM, len(production_views()))
    stream = TextStream(Repeats.with_hit_ratio(order.hit_ratio, MODELLED_KEYS), measure.SEED)
    curves = {"modelled": hit_curve(modelled(stream, MODELLED_TEXTS), bytes_each)}
    if order.log:
        curves["own log"] = hit_curve(logged(order.log), bytes_each)
    return curves, smallest_enough(list(curves.values())[-1])


def keep(sized: Sized, tf_folder: Path, env_folder: Path, results: Path = RESULTS) -> list[Path]:
    """Write JSON, page, plots and the deployment's two files; return the paths."""
    about = machine()
    stem = results / f"size-{about['date']}"
    drawings = plots.save(_plots(sized), stem)
    page = write_page(stem.with_suffix(".html"), reasoning(sized), drawings)
    path = stem.with_suffix(".json")
    path.write_text(json.dumps(_plain(sized, about), indent=1, default=str) + "\n", "utf-8")
    wrote = deploying.write(sized.variables, sized.order.environment, tf_folder, env_folder)
    return [path, page, *wrote]


def _plots(sized: Sized) -> dict[str, Figure]:
    search, best, model = sized.search, sized.search.best, sized.model
    curves = {
        name: search.curves.get(name, {value: best.score}) for name, value in best.settings.items()
    }
    trials = [(trial.settings, trial.score) for trial in search.trials]
    rates = [model.busy_rate * step / 60 for step in range(2, 60)]
    predicted = {
        percent: [model.percentile_ms(rate, percent) for rate in rates] for percent in (50, 95)
    }
    return {
        "curves": plots.setting_curves(curves, search.knees, max(score for _, score in trials)),
        "heat-maps": plots.heat_maps(trials, SETTING_PAIRS),
        "cache": plots.cache_curves(
            {
                name: [(p.entries, p.hit_ratio) for p in curve]
                for name, curve in sized.caches.items()
            },
            sized.cache.entries,
            sized.cache.memory_bytes / sized.cache.entries,
        ),
        "prediction": plots.prediction(
            rates,
            predicted,
            [(check.percent, check.rate, check.measured_ms) for check in sized.checks],
            saturated_at=model.busy_rate,
            limit_ms=sized.order.slo_p95_ms,
        ),
    }


def _plain(sized: Sized, about: Mapping[str, str]) -> dict[str, Any]:
    quiet, busy, held_back = sized.levels
    return {
        "command": sized.order.command, "machine": about, "order": asdict(sized.order),
        "load_average": {"before": sized.load_average[0], "after": sized.load_average[1]},
        "trials": [asdict(trial) for trial in sized.search.trials],
        "knees": dict(sized.search.knees), "best": asdict(sized.search.best),
        "levels": {
            name: {"offered": level.offered, "rate": level.run.rate, "cpu_s": dict(level.cpu_s),
                   "hit_ratio": level.hit_ratio,
                   "p50_ms": level.run.percentile_ms(50), "p95_ms": level.run.percentile_ms(95),
                   "errors": level.run.errors}
            for name, level in (("quiet", quiet), ("busy", busy), ("held_back", held_back))
        },
        "checks": [asdict(check) | {"error": check.error} for check in sized.checks],
        "cache": {name: [asdict(p) for p in curve] for name, curve in sized.caches.items()},
        "deployment": asdict(sized.deployment), "prices": asdict(read_prices()),
        "variables": dict(sized.variables),
    }  # fmt: skip
