"""Measure what the prediction log costs: gateway misses and answer-cache hits with and without it.

`python -m loadtests.bench.log_cost` prints one JSON object.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from loadtests.bench.services import answered_by, bodies_of, warm_texts, warm_up
from loadtests.clients.http_closed import run_http
from loadtests.measurement.run import Run, cpu_seconds
from loadtests.stack.catalogs import production_versions
from loadtests.stack.machine import ROOT, machine
from loadtests.stack.processes import environment_of
from loadtests.stack.stack import Stack, running_stack
from loadtests.traffic.corpus import reply_texts

LEVEL = 32
HIT_TEXTS = 100
WARM_ROUNDS = 15
SEED = 20261129
# Both gateways send the same texts to one embedder: its cache would answer the second one.
UNCACHED = {"EMBEDDER_CACHE_MAXSIZE_BYTES": "0"}


@dataclass(frozen=True)
class Pair:
    """Two gateways, `off` with its embedder and heads, `on` with a log over the same ones."""

    off: Stack
    on: Stack

    def pids(self, gateway: Stack) -> list[int]:
        """Return the processes that work for this gateway, the log's drainer a child of it."""
        return [s.pid for s in {**self.off.services, **gateway.services}.values()]


@contextlib.contextmanager
def both(folder: Path, text_level: str) -> Iterator[Pair]:
    """Start both gateways; the log's database is SQLite, its schema up to date."""
    log = folder / "log"
    log.mkdir()
    key = "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()
    settings = {
        "GATEWAY_LOG_DIR": str(log), "GATEWAY_LOG_TEXT": text_level,
        "GATEWAY_LOG_DIGEST_KEYS": key,
    }  # fmt: skip
    if text_level in ("redacted", "full"):
        settings["GATEWAY_LOG_TEXT_KEYS"] = key
    with running_stack(folder, UNCACHED) as off:
        shared = {"GATEWAY_EMBEDDER": off.embedder_target, "GATEWAY_HEADS": off.heads_url}
        on = Stack(log, {**settings, **shared})
        _migrate(on.env)
        try:
            on.start("gateway")
            yield Pair(off, on)
        finally:
            on.stop()


def measure(texts: int, hits: int, rounds: int, text_level: str) -> dict[str, Any]:
    """Measure in turns, first the one and then the other, at concurrency LEVEL."""
    misses = reply_texts(texts * rounds, SEED)
    seen = reply_texts(HIT_TEXTS, SEED + 1)
    with tempfile.TemporaryDirectory() as folder, both(Path(folder), text_level) as pair:
        for gateway in (pair.off, pair.on):
            warm_up(_url(gateway), bodies_of(warm_texts(misses)), LEVEL)
            _fill(pair, gateway, seen)
        return {
            "misses": _in_turns(pair, [misses[n::rounds] for n in range(rounds)], "miss"),
            "hits": _in_turns(pair, [seen * (hits // HIT_TEXTS)] * rounds, "answer"),
        }


def _in_turns(pair: Pair, parts: Sequence[Sequence[str]], path: str) -> dict[str, Any]:
    """Measure each part with both gateways, every other time in the other order."""
    runs: dict[str, list[Run]] = {"off": [], "on": []}
    for number, part in enumerate(parts):
        order = [("off", pair.off), ("on", pair.on)]
        for name, gateway in order if number % 2 else reversed(order):
            runs[name].append(_run(pair, gateway, part, path))
    return figures(runs["off"], runs["on"])


def figures(off: Sequence[Run], on: Sequence[Run]) -> dict[str, Any]:
    """Return rates, CPU and errors of runs in pairs, and the ratios of the pairs, on by off."""
    rates = sorted(b.rate / a.rate for a, b in zip(off, on, strict=True))
    cpu = sorted(b.cpu_ms / a.cpu_ms for a, b in zip(off, on, strict=True))
    return {
        "rate_off": [round(run.rate, 1) for run in off],
        "rate_on": [round(run.rate, 1) for run in on],
        "cpu_ms_off": round(median(run.cpu_ms for run in off), 3),
        "cpu_ms_on": round(median(run.cpu_ms for run in on), 3),
        "errors": sum(run.errors for run in (*off, *on)),
        "rate_ratio": _spread(rates),
        "cpu_ratio": _spread(cpu),
    }


def _spread(ratios: Sequence[float]) -> dict[str, float]:
    return {
        "median": round(median(ratios), 3), "least": round(ratios[0], 3),
        "most": round(ratios[-1], 3),
    }  # fmt: skip


def _run(pair: Pair, gateway: Stack, texts: Sequence[str], path: str) -> Run:
    pids = pair.pids(gateway)
    cpu = cpu_seconds(pids)
    check = answered_by(path, len(production_versions()))
    run = run_http(path, _url(gateway), bodies_of(texts), concurrency=LEVEL, check=check)
    return Run(run.name, LEVEL, run.seconds, run.latencies_s, run.errors, cpu_seconds(pids) - cpu)


def _fill(pair: Pair, gateway: Stack, texts: Sequence[str]) -> None:
    """Ask until every worker has the answers in its cache: twice in a row without another path."""
    clean = 0
    for _ in range(WARM_ROUNDS):
        clean = 0 if _run(pair, gateway, texts, "answer").errors else clean + 1
        if clean == 2:
            return


def _migrate(settings: Mapping[str, str]) -> None:
    words = [sys.executable, "-m", "gateway", "migrate"]
    environment = environment_of("gateway", settings)
    subprocess.run(words, env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def _url(gateway: Stack) -> str:
    return f"{gateway.gateway_url}/v1/classify"


@click.command()
@click.option("--texts", default=200, show_default=True, help="misses a run")
@click.option("--hits", default=4000, show_default=True, help="answer-cache hits a run")
@click.option("--rounds", default=10, show_default=True, help="pairs of runs, of each kind")
@click.option("--text-level", default="hash", show_default=True, help="GATEWAY_LOG_TEXT")
def main(texts: int, hits: int, rounds: int, text_level: str) -> None:
    """Measure, and print figures with the machine they were taken on; ends with 1 on an error."""
    result = measure(texts, hits, rounds, text_level)
    load = round(os.getloadavg()[1], 1)
    click.echo(json.dumps({"machine": machine(), "load_average_5_min": load, **result}, indent=1))
    if result["misses"]["errors"] or result["hits"]["errors"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
