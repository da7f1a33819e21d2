"""Run one scenario: start its target, warm it up, drive it with Locust, gather the figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from loadtests.bench.services import bodies_of
from loadtests.checks.answers import SampledAnswer
from loadtests.checks.reference import Comparison, compare_with_reference
from loadtests.clients.http_closed import run_http
from loadtests.config import api_key, inherited_environment
from loadtests.measurement.summary import (
    drift,
    levels,
    recovery_s,
    totals,
    usage_totals,
    windows,
)
from loadtests.measurement.usage import Usage, UsageSampler
from loadtests.stack.faults import LOST, Faults, swappable_catalog
from loadtests.stack.machine import machine
from loadtests.stack.processes import ROOT
from loadtests.stack.stack import running_stack
from loadtests.stack.target import Target, deployment, fresh_stack
from loadtests.traffic.requests import Changes, Traffic
from loadtests.traffic.scenarios import SCENARIOS, Scenario

Usages = Mapping[str, Sequence[Usage]]  # by the process's name

WARM_ROUNDS = 4
COVERED = 0.99  # of the key space, before the clock starts
SHOWN = 240  # points of a process in the report, at most
FLAT_FROM_S = 300.0  # a shorter run is no evidence about memory


@dataclass(frozen=True)
class Load:
    """How much load and of what: `rate` arrivals a second, or with 0 a closed loop of `users`."""

    seconds: float
    rate: float = 0.0
    users: int = 8
    changes: Changes = field(default_factory=Changes)


def run(
    name: str, load: Load, env: Mapping[str, str], show: Callable[[str], None]
) -> dict[str, Any]:
    """Drive a scenario on a fresh stack; return the whole result, ready for JSON."""
    scenario = SCENARIOS[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        catalog = swappable_catalog(folder / "catalog")
        settings = {**scenario.settings, **env}
        where = {"HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog)}
        with running_stack(folder, settings | where) as stack:
            target, faults = fresh_stack(stack, catalog), Faults(stack, catalog, load.seconds)
            return _run(target, scenario, load, folder, settings, faults, show)


def run_at(url: str, name: str, load: Load, show: Callable[[str], None]) -> dict[str, Any]:
    """Drive a scenario without faults at a deployment that runs already; return the result."""
    scenario = SCENARIOS[name]
    if scenario.event:
        raise ValueError(f"{name} stops or changes services: it needs a stack of its own")
    with tempfile.TemporaryDirectory() as temporary:
        return _run(deployment(url), scenario, load, Path(temporary), {}, None, show)


def warm_up(
    target: Target, scenario: Scenario, load: Load, show: Callable[[str], None]
) -> dict[str, Any]:
    """Send every key, in rounds, until one finds (nearly) every key in the cache."""
    texts = Traffic(scenario.requests(load.changes)).warm_up()
    paths: list[str] = []

    def note_path(status: int, body: bytes) -> str:
        if status == 200:
            paths.append((json.loads(body)["encoder"] or {"cache": "rule"})["cache"])
        return "" if status == 200 else f"status {status}"

    rounds, covered = 0, 0.0
    while covered < COVERED and rounds < WARM_ROUNDS:
        paths.clear()
        sent = run_http("warm-up", f"{target.url}/v1/classify", bodies_of(texts), concurrency=16,
                 check=note_path, headers=target.headers)  # fmt: skip
        rounds += 1
        covered = sum(path != "miss" for path in paths) / len(texts)
    wrong = f"; last round: {dict(sent.reasons)}" if sent.errors else ""
    show(f"  warm: {covered:.1%} of {len(texts)} distinct keys after {rounds} rounds{wrong}")
    return {"keys": len(texts), "covered": round(covered, 4), "rounds": rounds}


def _run(
    target: Target, scenario: Scenario, load: Load, folder: Path, settings: Mapping[str, str],
    faults: Faults | None, show: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    warmed = warm_up(target, scenario, load, show) if scenario.warm else None
    show(f"  {scenario.name}: {scenario.why}; {load.seconds:.0f} s")
    before = os.getloadavg()[0]
    content, usage = _drive(target, scenario, load, folder, faults)
    events = faults.events if faults else []
    return {
        "scenario": scenario.name, "target": "a stack of its own" if faults else target.url,
        "machine": machine(), "load": asdict(load), "mix": asdict(scenario.requests(load.changes)),
        "settings": dict(settings), "warm_up": warmed,
        "load_average": {"before": before, "after": os.getloadavg()[0]},
        **_figures(content, usage, scenario, load, events),
        "oracle": asdict(_compare(content["sampled"], target)),
    }  # fmt: skip


def _drive(
    target: Target, scenario: Scenario, load: Load, folder: Path, faults: Faults | None
) -> tuple[dict[str, Any], Usages]:
    """Run Locust; return its samples, and what the processes used meanwhile."""
    samples = folder / "samples.json"
    with (
        _locust(target, scenario, load, samples) as client,
        UsageSampler({**target.pids, "locust": client.pid}) as sampler,
        faults.during(scenario.event, sampler) if faults else nullcontext(),
    ):
        client.wait(load.seconds + 120)
    if client.returncode not in (0, 1) or not samples.exists():
        raise RuntimeError(f"locust ended: {(folder / 'locust.log').read_text()[-2000:]}")
    content: dict[str, Any] = json.loads(samples.read_text(encoding="utf-8"))
    return content, sampler.usage


def _figures(
    content: Mapping[str, Any], usage: Usages, scenario: Scenario, load: Load,
    events: Sequence[tuple[float, str]],
) -> dict[str, Any]:  # fmt: skip
    """Return all figures that are counted from the samples."""
    samples, begun = content["samples"], content["started"]
    series = {
        name: [(round(u.at - begun, 2), round(u.cores, 3), round(u.memory_mb, 1)) for u in used]
        for name, used in usage.items()
    }
    result: dict[str, Any] = {
        "totals": totals(samples, load.seconds),
        "versions": content["versions"],
        "usage": usage_totals(
            {
                name: [u for u in used if begun <= u.at <= begun + load.seconds]
                for name, used in usage.items()
            }
        ),
        "events": [[round(when - begun, 2), what] for when, what in events],
        "levels": [asdict(level) for level in levels(samples, scenario, load.seconds)],
        "windows": [asdict(window) for window in windows(samples, load.seconds)],
        "usage_series": {name: used[:: 1 + len(used) // SHOWN] for name, used in series.items()},
    }
    if scenario.flat and load.seconds >= FLAT_FROM_S:
        services = {name: used for name, used in series.items() if name != "locust"}
        result["drift"] = {name: asdict(drift(used)) for name, used in services.items()}
    lost = [at for at, what in result["events"] if what == LOST]
    return result | ({"recovery_s": recovery_s(samples, lost[0])} if lost else {})


def _compare(sampled: Sequence[Mapping[str, Any]], target: Target) -> Comparison:
    """Compare with the reference, where the deployment serves what this checkout serves."""
    if target.catalog is None:
        return Comparison(0, 0, 0.0, 0, "not asked: the deployment serves other heads")
    return compare_with_reference([SampledAnswer(**row) for row in sampled], target.catalog)


@contextmanager
def _locust(
    target: Target, scenario: Scenario, load: Load, samples: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run Locust in its own process, because gevent patches sockets and threads; wait for it."""
    command: Sequence[str] = [
        sys.executable, "-m", "locust", "-f", str(ROOT / "loadtests" / "clients" / "locustfile.py"),
        "--headless", "--host", target.url, "--scenario", scenario.name,
        "--seconds", str(load.seconds), "--rate", str(load.rate),
        "--closed-users", str(load.users), "--heads-served", str(target.heads),
        "--samples", str(samples), "--changes", json.dumps(asdict(load.changes)),
        "--only-summary", "--stop-timeout", "40",
    ]  # fmt: skip
    environment = inherited_environment() | {"PYTHONPATH": str(ROOT)}
    if target.headers:
        environment["GATEWAY_API_KEY"] = api_key()
    with (samples.parent / "locust.log").open("wb") as out:
        client = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            yield client
            client.wait(60)
        finally:
            client.kill()
            client.wait()
