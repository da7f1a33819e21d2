"""Run the whole benchmark: raw encoder, embedder, gateway, heads, hits, baselines."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from embedder.views import View
from loadtests.bench import raw
from loadtests.bench.baselines import run_fleet, run_transformers
from loadtests.bench.services import classify_run, embed_runs, hit_run, many_heads_run, warm_texts
from loadtests.measurement.run import Run, joined
from loadtests.reports import results
from loadtests.reports.tables import Ratio, ratios_table, runs_table
from loadtests.stack.catalogs import production_versions, production_views
from loadtests.stack.encoders import open_encoder
from loadtests.stack.machine import ROOT, machine
from loadtests.traffic.corpus import reply_texts

SEED = 20261121
LEVELS = (1, 8, 32)
# Every row is measured so often, on a part of the texts each time: a machine that is slower for
# some minutes then slows all rows alike, and ratios between rows far apart in time hold.
ROUNDS = 3
HEAD_COUNTS = (1, 5, 21, 50)
RESULTS = ROOT / "loadtests" / "results"


@dataclass(frozen=True)
class Plan:
    """What is measured: the same `texts` in every row, fewer of them for the slow baselines."""

    texts: list[str]
    baseline_texts: list[str]
    views: list[str]
    heads: int


def plans(count: int) -> list[Plan]:
    """Plan the rounds for `count` texts in all and the shipped production heads."""
    texts, heads, views = reply_texts(count, SEED), len(production_versions()), production_views()
    parts = [texts[offset::ROUNDS] for offset in range(ROUNDS)]
    return [Plan(part, part[: max(50, len(part) // 5)], views, heads) for part in parts]


def measure(work: Plan) -> Iterator[Run]:
    """Yield every row as soon as it is measured."""
    views = [View.parse(view) for view in work.views]
    yield from _raw_rows(work, views)
    yield from embed_runs(work.texts, work.views, LEVELS)
    for level in LEVELS:
        name = f"gateway, {work.heads} default heads"
        yield classify_run(name, work.texts, heads=work.heads, level=level, env={})
    for count in HEAD_COUNTS:
        yield many_heads_run(work.texts, count=count, level=32)
    hits = {"texts": work.texts, "heads": work.heads, "level": 32}
    no_answers = {"GATEWAY_ANSWER_CACHE_BYTES": "0"}
    yield hit_run("gateway, embedding-cache hits only", path="hit", env=no_answers, **hits)  # type: ignore[arg-type]
    yield hit_run("gateway, answer-cache hits only", path="answer", env={}, **hits)  # type: ignore[arg-type]
    yield run_transformers(work.baseline_texts)
    with tempfile.TemporaryDirectory() as folder:
        yield from run_fleet(work.baseline_texts, Path(folder), LEVELS)


def _raw_rows(work: Plan, views: list[View]) -> Iterator[Run]:
    loaded = open_encoder("auto")
    for warm in (raw.run_sorted, raw.run_single):
        warm("warm-up", loaded, warm_texts(work.texts)[:200], views)
    kind = f"{loaded.encoder.identity.runtime} {loaded.encoder.identity.precision}"
    yield raw.run_sorted(f"raw encoder ({kind}), length-sorted", loaded, work.texts, views)
    yield raw.run_naive(f"raw encoder ({kind}), arrival order x32", loaded, work.texts, views)
    yield raw.run_single(f"raw encoder ({kind}), one by one", loaded, work.texts, views)
    portable = open_encoder("onnxruntime")
    name = "raw encoder (onnxruntime fp32), length-sorted"
    yield raw.run_sorted(name, portable, work.texts, views)


def ratios(runs: list[Run], heads: int, amx: bool) -> list[Ratio]:
    """Return the ratios that the project promises, all of one run with `heads` default heads."""

    def rate(prefix: str, level: int = 0) -> float:
        return _find(runs, prefix, level).rate

    ceiling = runs[0].rate
    lone = _find(runs, "embedder", 1).percentile_ms(50) - runs[2].percentile_ms(50)
    default = f"gateway, {heads} default"
    return [
        Ratio("raw / onnxruntime fp32", ceiling / runs[3].rate, 3.0 if amx else 1.0),
        Ratio("gRPC at 32 / raw", rate("embedder", 32) / ceiling, 0.70),
        Ratio("gateway at 32 / raw", rate(default, 32) / ceiling, 0.55),
        Ratio("gRPC p50 at 1 - bare forward", lone, 1.0, at_most=True, unit=" ms"),
        Ratio("21 heads / 1 head", rate("gateway, 21") / rate("gateway, 1 "), 0.95),
        Ratio("50 heads / 1 head", rate("gateway, 50") / rate("gateway, 1 "), 0.90),
        Ratio("embedding hits / misses", rate("gateway, embedding") / rate(default, 32), 5.0),
        Ratio("gateway / Flask with a BERT a head", rate(default, 32) / rate("baseline: F", 32), 1),
    ]


def _find(runs: list[Run], prefix: str, level: int) -> Run:
    return next(r for r in runs if r.name.startswith(prefix) and level in (0, r.concurrency))


def bench(count: int, show: Callable[[str], None]) -> bool:
    """Measure, print and keep the table; return whether every aim was reached."""
    about = machine()
    before = os.getloadavg()[0]
    show(f"machine: {json.dumps(about)}")
    work, rounds = plans(count), list[list[Run]]()
    for number, part in enumerate(work, start=1):
        rounds.append([])
        for run in measure(part):
            rounds[-1].append(run)
            figures = f"{run.rate:.0f}/s {run.notes or ''}"
            show(f"  {number} of {ROUNDS}: {run.name} at {run.concurrency}: {figures}")
    runs = [joined(same) for same in zip(*rounds, strict=True)]
    aims = ratios(runs, work[0].heads, "amx_bf16" in about["instructions"])
    show(f"\n{runs_table(runs)}\n\n{ratios_table(aims)}")
    path = RESULTS / f"bench-{about['date']}.json"
    conditions = {
        "command": f"python -m loadtests bench --texts {count}", "machine": about, "texts": count,
        "load_average": {"before": before, "after": os.getloadavg()[0]},
    }  # fmt: skip
    results.write(path, conditions, runs, aims)
    show(f"kept in {path.relative_to(ROOT)}; `make docs` puts it into README")
    return all(ratio.reached for ratio in aims)
