"""One scenario from start to report: the stack, warm-up, Locust beside it, what goes wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heads import aliases
from loadtests.bench.catalogs import SHIPPED, production_versions
from loadtests.bench.machine import machine
from loadtests.bench.road import bodies_of
from loadtests.checks import Judged
from loadtests.config import inherited_environment
from loadtests.http_loop import run_http
from loadtests.oracle import second_opinion
from loadtests.scenarios import SCENARIOS, Scenario
from loadtests.stack import ROOT, Stack, running_stack
from loadtests.summary import recovery_s, totals, usage_totals, windows
from loadtests.traffic import Traffic
from loadtests.watch import Watch

SWAPS_EVERY_S = 2.0
OTHER_VERSION = "9999"


@dataclass(frozen=True)
class Load:
    """How much: `rate` arrivals a second, or with 0 a closed loop of `users`."""

    seconds: float
    rate: float = 0.0
    users: int = 8
    hit_ratio: float | None = None


def run(
    name: str, load: Load, env: Mapping[str, str], show: Callable[[str], None]
) -> dict[str, Any]:
    """Drives a scenario on a fresh stack; the whole result, ready for JSON."""
    scenario = SCENARIOS[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        catalog = _own_catalog(folder / "catalog")
        own = {**env, "HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog)}
        with running_stack(folder, own) as stack:
            warmed = warm_up(stack, scenario, load, show) if scenario.warm else None
            show(f"  {scenario.name}: {scenario.why}; {load.seconds:.0f} s")
            result = _driven(stack, scenario, load, catalog, folder)
    return {"scenario": scenario.name, "machine": machine(), "load": asdict(load),
            "settings": dict(env), "warm_up": warmed, **result}  # fmt: skip


def warm_up(
    stack: Stack, scenario: Scenario, load: Load, show: Callable[[str], None]
) -> dict[str, Any]:
    """Sends every key once; done when a second round finds (nearly) every key in the cache."""
    texts = Traffic(scenario.requests(load.hit_ratio)).warm_up()
    url = f"{stack.gateway_url}/v1/classify"
    found: list[str] = []

    def seen(status: int, body: bytes) -> str:
        if status == 200:
            found.append((json.loads(body)["encoder"] or {"cache": "rule"})["cache"])
        return "" if status == 200 else f"status {status}"

    rounds = 0
    covered = 0.0
    while covered < 0.99 and rounds < 4:
        found.clear()
        run_http("warm-up", url, bodies_of(texts), concurrency=16, check=seen)
        rounds += 1
        covered = sum(path != "miss" for path in found) / len(texts)
    show(f"  warm: {covered:.1%} of {len(texts)} distinct keys after {rounds} rounds")
    return {"keys": len(texts), "covered": round(covered, 4), "rounds": rounds}


def _driven(
    stack: Stack, scenario: Scenario, load: Load, catalog: Path, folder: Path
) -> dict[str, Any]:
    samples = folder / "samples.json"
    heads = len(production_versions(catalog))
    before = os.getloadavg()[0]
    pids = {service.name: service.pid for service in stack.services.values()}
    with (
        _locust(stack, scenario, load, heads, samples) as client,
        Watch({**pids, "locust": client.pid}) as watch,
    ):
        happened = _events(stack, scenario, load, catalog, client, watch)
    if client.returncode not in (0, 1) or not samples.exists():
        raise RuntimeError(f"locust ended: {(folder / 'locust.log').read_text()[-2000:]}")
    content = json.loads(samples.read_text(encoding="utf-8"))
    judged = [Judged(**one) for one in content["judged"]]
    found = content["samples"]
    begun = content["started"]
    result: dict[str, Any] = {
        "totals": totals(found, load.seconds),
        "oracle": asdict(second_opinion(judged, catalog)),
        "versions": content["versions"],
        "usage": usage_totals(watch.usage),
        "events": [[round(when - begun, 2), what] for when, what in happened],
        "load_average": {"before": before, "after": os.getloadavg()[0]},
        "windows": [asdict(window) for window in windows(found, load.seconds)],
        "usage_series": {
            name: [(round(u.at - begun, 2), round(u.cores, 3), round(u.memory_mb, 1)) for u in used]
            for name, used in watch.usage.items()
        },
    }
    lost = [t for t, e in result["events"] if e == "embedder killed"]
    return result | ({"recovery_s": recovery_s(found, lost[0])} if lost else {})


@contextmanager
def _locust(
    stack: Stack, scenario: Scenario, load: Load, heads: int, samples: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Locust in its own process (gevent patches sockets and threads); awaited at the end."""
    command: Sequence[str] = [
        sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "locustfile.py"),
        "--headless", "--host", stack.gateway_url, "--scenario", scenario.name,
        "--seconds", str(load.seconds), "--rate", str(load.rate),
        "--closed-users", str(load.users), "--heads-served", str(heads),
        "--samples", str(samples), "--only-summary",
        *(["--hit-ratio", str(load.hit_ratio)] if load.hit_ratio is not None else []),
    ]  # fmt: skip
    environment = inherited_environment() | {"PYTHONPATH": str(ROOT)}
    with (samples.parent / "locust.log").open("wb") as out:
        client = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield client
            client.wait(60)
        finally:
            client.kill()
            client.wait()


def _events(
    stack: Stack, scenario: Scenario, load: Load, catalog: Path,
    client: subprocess.Popen[bytes], watch: Watch,
) -> list[tuple[float, str]]:  # fmt: skip
    """Waits for the run's end and makes happen what the scenario says; when and what it was."""
    happened: list[tuple[float, str]] = []
    over = threading.Event()
    act = {"head-swap": _swap_heads, "embedder-loss": _lose_embedder}.get(scenario.event or "")
    if act is None:
        client.wait(load.seconds + 120)
        return happened
    actor = threading.Thread(target=act, args=(stack, load, catalog, watch, over, happened))
    actor.start()
    try:
        client.wait(load.seconds + 120)
    finally:
        over.set()
        actor.join()
    return happened


def _swap_heads(
    stack: Stack, load: Load, catalog: Path, watch: Watch,
    over: threading.Event, happened: list[tuple[float, str]],
) -> None:  # fmt: skip
    versions = [OTHER_VERSION, production_versions(catalog)["intent"]]
    while not over.wait(SWAPS_EVERY_S):
        aliases.point(catalog / "intent", "production", versions[0])
        happened.append((time.time(), f"intent is now version {versions[0]}"))
        versions.reverse()


def _lose_embedder(
    stack: Stack, load: Load, catalog: Path, watch: Watch,
    over: threading.Event, happened: list[tuple[float, str]],
) -> None:  # fmt: skip
    over.wait(load.seconds / 3)
    stack.services["embedder"].stop(signal.SIGKILL)
    happened.append((time.time(), "embedder killed"))
    over.wait(load.seconds / 6)
    stack.start("embedder")
    happened.append((time.time(), "embedder ready"))
    watch.follow("embedder", stack.services["embedder"].pid)


def _own_catalog(folder: Path) -> Path:
    """The shipped heads, and `intent`'s serving version once more under another name."""
    shutil.copytree(SHIPPED, folder)
    serving = production_versions(folder)["intent"]
    other = folder / "intent" / OTHER_VERSION
    shutil.copytree(folder / "intent" / serving, other)
    manifest = other / "head.toml"
    text = manifest.read_text(encoding="utf-8")
    renamed = text.replace(f'version = "{serving}"', f'version = "{OTHER_VERSION}"', 1)
    manifest.write_text(renamed, encoding="utf-8")
    return folder
