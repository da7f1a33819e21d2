"""Measure what explanations in bulk cost those who classify: latency at a constant rate, in turns.

`python -m loadtests.bench.explain_cost` prints one JSON object. Aim: p99 moves by under 5 %.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from loadtests.bench.in_turns import SEED, UNCACHED, spread
from loadtests.bench.printed import print_result
from loadtests.bench.services import answered_by, bodies_of, warm_texts, warm_up
from loadtests.clients.http_closed import run_http
from loadtests.measurement.run import Run
from loadtests.stack.catalogs import production_versions
from loadtests.stack.stack import Stack, running_stack
from loadtests.traffic.corpus import reply_texts

CONNECTIONS = 32
EXPLAINED = 2000
HEAD = "intent"


@contextlib.contextmanager
def explaining(stack: Stack, callers: int, texts: Iterator[str]) -> Iterator[list[Run]]:
    """Have callers ask one explanation after another until the block ends; then yields their run.

    No text is explained twice: what is kept costs nothing.
    """
    stop, done = threading.Event(), list[Run]()

    def bodies() -> Iterator[bytes]:
        while not stop.is_set():
            yield json.dumps({"head": HEAD, "text": next(texts)}).encode()

    def ask() -> None:
        url = f"{stack.gateway_url}/v1/explain"
        done.append(run_http("explain", url, bodies(), concurrency=callers, check=_explained))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()


def measure(seconds: float, rounds: int, rate: float, callers: int) -> dict[str, Any]:
    """Classify at `rate` a second with nobody explaining, and with `callers`, in turns."""
    count = round(rate * seconds)
    parts = [reply_texts(count * rounds, SEED)[number::rounds] for number in range(rounds)]
    quiet, busy, explained = list[Run](), list[Run](), list[Run]()
    texts = (
        f"{text} ({turn})"
        for turn in itertools.count()
        for text in reply_texts(EXPLAINED, SEED + 2)
    )
    settings = {**UNCACHED, "GATEWAY_ANSWER_CACHE_BYTES": "0"}  # a pair asks the same twice
    with tempfile.TemporaryDirectory() as folder, running_stack(Path(folder), settings) as stack:
        warm_up(f"{stack.gateway_url}/v1/classify", bodies_of(warm_texts(parts[0])), CONNECTIONS)
        with explaining(stack, callers, texts):
            _classify(stack, parts[0], rate)
        for part in parts:
            quiet.append(_classify(stack, part, rate))
            with explaining(stack, callers, texts) as asked:
                busy.append(_classify(stack, part, rate))
            explained += asked
    return {"classify": figures(quiet, busy), "explain": _rates(explained)}


def figures(quiet: Sequence[Run], busy: Sequence[Run]) -> dict[str, Any]:
    """Return percentiles of all rounds without and with explanations, and the ratios of pairs."""
    shown: dict[str, Any] = {"errors": sum(run.errors for run in (*quiet, *busy))}
    for percent in (50, 95, 99):
        pairs = [
            (a.percentile_ms(percent), b.percentile_ms(percent))
            for a, b in zip(quiet, busy, strict=True)
        ]
        shown[f"p{percent}_ms"] = [[round(a, 1), round(b, 1)] for a, b in pairs]
        shown[f"p{percent}_ratio"] = spread([b / a for a, b in pairs])
    return shown


def _rates(explained: Sequence[Run]) -> dict[str, Any]:
    rates = [round(run.rate, 1) for run in explained]
    return {"rate": rates, "errors": sum(run.errors for run in explained)}


def _classify(stack: Stack, texts: Sequence[str], rate: float) -> Run:
    url, check = f"{stack.gateway_url}/v1/classify", answered_by("miss", len(production_versions()))
    bodies = bodies_of(texts)
    return run_http("classify", url, bodies, concurrency=CONNECTIONS, check=check, rate=rate)


def _explained(status: int, body: bytes) -> str:
    if status != 200:
        return f"status {status}"
    return "" if json.loads(body)["head"] == HEAD else "another head"


@click.command()
@click.option("--seconds", default=20.0, show_default=True, help="a run")
@click.option("--rounds", default=5, show_default=True, help="pairs of runs")
@click.option("--rate", default=30.0, show_default=True, help="emails classified a second")
@click.option("--callers", default=2, show_default=True, help="who explain one after another")
def main(seconds: float, rounds: int, rate: float, callers: int) -> None:
    """Measure, and print figures with the machine they were taken on; ends with 1 on an error."""
    print_result(measure(seconds, rounds, rate, callers))


if __name__ == "__main__":
    main()
