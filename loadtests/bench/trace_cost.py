"""Measure what traces and sent metrics cost: two whole stacks in turns, one of which sends both.

`python -m loadtests.bench.trace_cost` prints one JSON object. Aim: 0.97 of the rate without.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from loadtests.bench.in_turns import UNCACHED, Amount, Pair, measure
from loadtests.bench.printed import print_result
from loadtests.stack.collector import otlp_settings, running_collector
from loadtests.stack.prediction_log import log_settings, migrate
from loadtests.stack.stack import Stack, running_stack


@contextlib.contextmanager
def both(folder: Path, endpoint: str, share: float, log: bool) -> Iterator[Pair]:
    """Start two whole stacks; while one is measured the other has nothing to do."""
    sending = folder / "sending"
    sending.mkdir()
    settings = {**UNCACHED, **otlp_settings(endpoint, share)}
    if log:
        settings |= log_settings(sending)
        migrate(settings)
    with running_stack(folder, UNCACHED) as off, running_stack(sending, settings) as on:
        yield Pair(off, on, _pids(off), _pids(on))


def _pids(stack: Stack) -> list[int]:
    return [service.pid for service in stack.services.values()]


def run(amount: Amount, share: float, log: bool) -> dict[str, Any]:
    """Start both and a collector, measure, stop them. Raises RuntimeError if nothing was sent."""
    with tempfile.TemporaryDirectory() as folder, running_collector() as collector:
        with both(Path(folder), collector.url, share, log) as pair:
            result = measure(pair, amount)
        if not (collector.bodies["/v1/traces"] and collector.bodies["/v1/metrics"]):
            raise RuntimeError(f"the collector got {dict(collector.bodies)}")
        return result


@click.command()
@click.option("--texts", default=200, show_default=True, help="misses a run")
@click.option("--hits", default=4000, show_default=True, help="answer-cache hits a run")
@click.option("--rounds", default=10, show_default=True, help="pairs of runs, of each kind")
@click.option("--share", default=0.01, show_default=True, help="GATEWAY_OTLP_TRACE_SHARE")
@click.option("--log", is_flag=True, help="a prediction log besides, as `make run` keeps one")
def main(texts: int, hits: int, rounds: int, share: float, log: bool) -> None:
    """Measure, and print figures with the machine they were taken on; ends with 1 on an error."""
    print_result(run(Amount(texts, hits, rounds), share, log))


if __name__ == "__main__":
    main()
