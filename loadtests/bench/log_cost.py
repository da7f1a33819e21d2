"""Measure what the prediction log costs: gateway misses and answer-cache hits with and without it.

`python -m loadtests.bench.log_cost` prints one JSON object.
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
from loadtests.stack.prediction_log import log_settings, migrate
from loadtests.stack.stack import Stack, running_stack


@contextlib.contextmanager
def both(folder: Path, text_level: str) -> Iterator[Pair]:
    """Start `off` with its embedder and heads, and `on` with a log over the same ones."""
    log = folder / "log"
    log.mkdir()
    with running_stack(folder, UNCACHED) as off:
        shared = {"GATEWAY_EMBEDDER": off.embedder_target, "GATEWAY_HEADS": off.heads_url}
        on = Stack(log, {**log_settings(log, text_level), **shared})
        migrate(on.env)
        try:
            on.start("gateway")
            # The log's drainer is a child of its gateway.
            working = {**off.services, **on.services}
            yield Pair(
                off, on, [one.pid for one in off.services.values()],
                [one.pid for one in working.values()],
            )  # fmt: skip
        finally:
            on.stop()


def run(amount: Amount, text_level: str) -> dict[str, Any]:
    """Start both, measure, stop them."""
    with tempfile.TemporaryDirectory() as folder, both(Path(folder), text_level) as pair:
        return measure(pair, amount)


@click.command()
@click.option("--texts", default=200, show_default=True, help="misses a run")
@click.option("--hits", default=4000, show_default=True, help="answer-cache hits a run")
@click.option("--rounds", default=10, show_default=True, help="pairs of runs, of each kind")
@click.option("--text-level", default="hash", show_default=True, help="GATEWAY_LOG_TEXT")
def main(texts: int, hits: int, rounds: int, text_level: str) -> None:
    """Measure, and print figures with the machine they were taken on; ends with 1 on an error."""
    print_result(run(Amount(texts, hits, rounds), text_level))


if __name__ == "__main__":
    main()
