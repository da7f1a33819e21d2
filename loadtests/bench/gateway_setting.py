"""Measure what a gateway's setting costs or saves: two gateways over one embedder, in turns.

`python -m loadtests.bench.gateway_setting GATEWAY_WORKERS=2` prints one JSON object: "on" has the
settings named. With GATEWAY_HEADS=local the difference is the most that any other way to a heads
service, a Unix socket say, could save.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from loadtests.bench.in_turns import UNCACHED, Amount, Pair, measure
from loadtests.bench.printed import print_result
from loadtests.stack.stack import Stack, running_stack


@contextlib.contextmanager
def both(folder: Path, settings: Mapping[str, str]) -> Iterator[Pair]:
    """Start `off` with its embedder and heads service, and `on` over the same ones."""
    own = folder / "on"
    own.mkdir()
    with running_stack(folder, UNCACHED) as off:
        shared = {"GATEWAY_EMBEDDER": off.embedder_target, "GATEWAY_HEADS": off.heads_url}
        on = Stack(own, {**shared, **settings})
        try:
            on.start("gateway")
            working = {**off.services, **on.services}
            yield Pair(
                off, on, [one.pid for one in off.services.values()],
                [one.pid for one in working.values()],
            )  # fmt: skip
        finally:
            on.stop()


def _settings(words: tuple[str, ...]) -> dict[str, str]:
    """Return NAME=VALUE words as settings. Raises BadParameter for others."""
    parts = [word.partition("=") for word in words]
    if wrong := [name for name, sign, _ in parts if not (sign and name.startswith("GATEWAY_"))]:
        raise click.BadParameter(f"{wrong[0]}: write GATEWAY_NAME=VALUE")
    return {name: value for name, _, value in parts}


@click.command()
@click.argument("settings", nargs=-1, required=True, metavar="GATEWAY_NAME=VALUE...")
@click.option("--texts", default=200, show_default=True, help="misses a run")
@click.option("--hits", default=4000, show_default=True, help="answer-cache hits a run")
@click.option("--rounds", default=10, show_default=True, help="pairs of runs, of each kind")
def main(settings: tuple[str, ...], texts: int, hits: int, rounds: int) -> None:
    """Measure, and print figures with the machine they were taken on; ends with 1 on an error."""
    chosen = _settings(settings)
    with tempfile.TemporaryDirectory() as folder, both(Path(folder), chosen) as pair:
        result = measure(pair, Amount(texts, hits, rounds))
    print_result(result)


if __name__ == "__main__":
    main()
