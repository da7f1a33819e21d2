"""Measure a start: until each service is ready, and the first requests against steady ones."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from embedder.client import SERVICE_NAME
from loadtests.bench.services import answered_by, bodies_of
from loadtests.clients.http_closed import run_http
from loadtests.measurement.run import Run, joined
from loadtests.reports import results
from loadtests.reports.tables import Ratio, ratios_table, runs_table
from loadtests.stack.catalogs import production_versions
from loadtests.stack.machine import ROOT, machine
from loadtests.stack.processes import KINDS, http_ready, wait_until
from loadtests.stack.stack import Stack
from loadtests.traffic.corpus import reply_texts

SEED = 20261129
START_AIM_S = 15.0
P99_AIM = 2.0
_TIMEOUT_S = 120.0
_PROBE_S = 1.0


@dataclass(frozen=True)
class Order:
    """How often the whole stack is started, and how many requests are first, by how many callers.

    `settings` are those of the services.
    """

    rounds: int = 3
    requests: int = 1000
    callers: int = 8
    settings: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Start:
    """One start. `ready_s`: from its process's start until each service was ready."""

    ready_s: Mapping[str, float]
    first: Run
    steady: Run


def start(order: Order, command: str, keep: bool, show: Callable[[str], None]) -> bool:
    """Measure, print and keep both tables; return whether every aim was reached."""
    about, before = machine(), os.getloadavg()[0]
    starts = measure(order, show)
    rows, aims = runs(starts), ratios(starts)
    show(f"\n{runs_table(rows)}\n\n{ratios_table(aims)}")
    if keep:
        path = ROOT / "loadtests" / "results" / f"start-{about['date']}.json"
        conditions = {
            "command": command, "machine": about, "texts": order.requests,
            "load_average": {"before": before, "after": os.getloadavg()[0]},
        }  # fmt: skip
        results.write(path, conditions, rows, aims)
        show(f"kept in {path.relative_to(ROOT)}")
    return all(aim.reached for aim in aims)


def measure(order: Order, show: Callable[[str], None]) -> list[Start]:
    """Start the whole stack `rounds` times, all services at once, and ask it when it is ready."""
    texts = reply_texts(order.requests, SEED)
    starts = []
    for number in range(1, order.rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            stack = Stack(Path(folder), order.settings)
            try:
                starts.append(_start(stack, texts, order.callers))
            finally:
                stack.stop()
        times = ", ".join(f"{name} {took:.1f} s" for name, took in starts[-1].ready_s.items())
        show(f"  {number} of {order.rounds}: ready: {times}")
    return starts


def runs(starts: Sequence[Start]) -> list[Run]:
    """Return two rows: the first requests of all starts, and the steady ones."""
    return [joined([start.first for start in starts]), joined([start.steady for start in starts])]


def ratios(starts: Sequence[Start]) -> list[Ratio]:
    """Return the start times (medians) and percentiles of the first requests, with their aims."""
    first, steady = runs(starts)
    times = [
        Ratio(
            f"{name}: process start to ready", median(start.ready_s[name] for start in starts),
            START_AIM_S, at_most=True, unit=" s",
        )
        for name in KINDS
    ]  # fmt: skip
    return [
        *times,
        *(
            Ratio(
                f"p{percent} of the first requests / steady",
                _quotient(first.percentile_ms(percent), steady.percentile_ms(percent)),
                P99_AIM, at_most=True,
            )
            for percent in (50, 99)
        ),
    ]  # fmt: skip


def steady_texts(texts: Sequence[str]) -> list[str]:
    """Return a text in place of each that is one word longer: no cache knows it."""
    return [f"So {text[:1].lower()}{text[1:]}" for text in texts]


def is_serving(target: str) -> bool:
    """Ask the embedder's health service, in this process: a command would take a core to start."""
    with grpc.insecure_channel(target) as channel:
        request = health_pb2.HealthCheckRequest(service=SERVICE_NAME)
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(request, timeout=_PROBE_S)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def _start(stack: Stack, texts: Sequence[str], callers: int) -> Start:
    begun: dict[str, float] = {}
    for name in KINDS:
        begun[name] = time.monotonic()
        stack.launch(name)
    ready_s = _await_all(stack, begun)
    url = f"{stack.gateway_url}/v1/classify"
    check = answered_by("miss", len(production_versions()))
    first, steady = (
        run_http(name, url, bodies_of(some), concurrency=callers, check=check)
        for name, some in (("first requests", texts), ("steady", steady_texts(texts)))
    )
    return Start(ready_s, first, steady)


def _await_all(stack: Stack, begun: Mapping[str, float]) -> dict[str, float]:
    """Wait until every service is ready; return how long each took. Raises TimeoutError."""
    probes: dict[str, Callable[[], bool]] = {
        "embedder": lambda: is_serving(stack.embedder_target),
        "heads": lambda: http_ready(stack.heads_url),
        "gateway": lambda: http_ready(stack.gateway_url),
    }

    def await_one(name: str) -> float:
        def ready() -> bool:
            stack.services[name].raise_if_ended()
            return probes[name]()

        wait_until(ready, _TIMEOUT_S, f"{name} did not get ready")
        return time.monotonic() - begun[name]

    with ThreadPoolExecutor(len(KINDS)) as waiting:  # a probe that hangs must delay no other
        return dict(zip(KINDS, waiting.map(await_one, KINDS), strict=True))


def _quotient(value: float, base: float) -> float:
    return value / base if base else float("inf")
