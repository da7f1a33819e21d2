"""Measure what one shadow version costs: gateway misses with and without it, in turns.

`python -m loadtests.bench.shadows` prints one JSON object.
"""

import json
import shutil
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import click

from heads.lifecycle.promotion import Author, promote
from heads.storage.folder import FolderCatalog
from loadtests.bench.services import classify_run
from loadtests.bench.swaps import new_version
from loadtests.stack.catalogs import SHIPPED, production_versions
from loadtests.stack.machine import machine
from loadtests.traffic.corpus import reply_texts

LEVEL = 32


def catalog_with_shadow(folder: Path, head: str = "intent") -> Path:
    """Copy the shipped catalog and give `head` a shadow with weights of its own."""
    catalog = folder / "catalog"
    shutil.copytree(SHIPPED, catalog)
    new_version(catalog, head, production_versions()[head], "1000")
    promote(FolderCatalog(catalog), head, "1000", "shadow", Author("loadtests"))
    return catalog


def measure_shadow(texts: int, rounds: int) -> dict[str, Any]:
    """Measure answers a second at concurrency 32 without a shadow and with one on every mail."""
    bodies = reply_texts(texts, 20261121)
    rates: dict[str, list[float]] = {"without": [], "with": []}
    with tempfile.TemporaryDirectory() as folder:
        shadowed = str(catalog_with_shadow(Path(folder)))
        for _ in range(rounds):
            for name, catalog in (("without", str(SHIPPED)), ("with", shadowed)):
                env = {"HEADS_CATALOG": catalog, "GATEWAY_CATALOG": catalog}
                run = classify_run(
                    name, bodies, heads=len(production_versions()), level=LEVEL, env=env
                )
                rates[name].append(round(run.rate, 1))
    pairs = zip(rates["with"], rates["without"], strict=True)
    return {**rates, "median_ratio": round(median(a / b for a, b in pairs), 3)}


@click.command()
@click.option("--texts", default=600, show_default=True)
@click.option("--rounds", default=5, show_default=True)
def main(texts: int, rounds: int) -> None:
    """Measure, and print figures with the machine they were taken on."""
    click.echo(json.dumps({"machine": machine(), **measure_shadow(texts, rounds)}, indent=1))


if __name__ == "__main__":
    main()
