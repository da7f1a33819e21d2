"""Put one stack under settings after settings, load it, and measure it."""

from __future__ import annotations

import itertools
import json
import os
import resource
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loadtests.bench.services import bodies_of
from loadtests.clients.http import lasting, run_http
from loadtests.measurement.run import Run, cpu_seconds, memory_mb
from loadtests.measurement.summary import hit_ratio
from loadtests.sizing.search import Settings, Trial, score
from loadtests.stack.catalogs import SHIPPED, catalog_of, production_versions
from loadtests.stack.stack import Stack
from loadtests.traffic.corpus import Repeats, TextStream

KEYS = 300  # of the measured traffic: few, so that warming is short; its hit ratio is what counts
CLOSED_CONNECTIONS = 16
WARM_ROUNDS = 20
SEED = 20261121
SERVICES = ("embedder", "heads", "gateway")


@dataclass(frozen=True)
class Traffic:
    """The traffic of a measurement: the share of hits, and how many heads answer each text."""

    hit_ratio: float
    heads: int


@dataclass(frozen=True)
class Level:
    """One level of load on one stack: latencies, and CPU seconds a request by process."""

    offered: float  # arrivals a second; 0: closed loop
    run: Run
    cpu_s: Mapping[str, float]  # "embedder", "heads", "gateway", "client"
    hit_ratio: float = 0.0  # by the answers' own cache paths

    @property
    def total_cpu_s(self) -> float:
        """CPU seconds a request of everything on this machine, the client too."""
        return sum(self.cpu_s.values())


class Bench:
    """A running, warm stack that can be asked for levels of load."""

    def __init__(self, stack: Stack, traffic: Traffic, texts: TextStream) -> None:
        self._stack, self._traffic, self._texts = stack, traffic, texts
        self._url = f"{stack.gateway_url}/v1/classify"
        self._paths: Counter[str] = Counter()

    def warm(self) -> None:
        """Send every key at least twice, because each worker has an answer cache of its own.

        Go on until nothing fails: a gateway takes a moment to find an embedder that was restarted.
        """
        for rounds in range(1, WARM_ROUNDS + 1):
            sent = run_http("warm", self._url, bodies_of(self._texts.warm_up()), concurrency=16,
                            check=self._wrong)  # fmt: skip
            if rounds > 1 and not sent.errors:
                return

    def level(self, seconds: float, rate: float = 0.0) -> Level:
        """Run `seconds` of load, at `rate` or as fast as answers come, and measure it."""
        before, own = self._cpu(), _own_cpu()
        self._paths.clear()
        bodies = (bodies_of([text.words])[0] for text in self._texts)
        sent: Iterator[bytes] = lasting(seconds, bodies)
        if rate:
            sent = itertools.islice(bodies, max(20, round(rate * seconds)))
        connections = 128 if rate else CLOSED_CONNECTIONS
        run = run_http(
            "level", self._url, sent, concurrency=connections, check=self._wrong, rate=rate
        )
        done = max(1, len(run.latencies_s))
        cpu = {name: (after - before[name]) / done for name, after in self._cpu().items()}
        cpu["client"] = (_own_cpu() - own) / done
        return Level(rate, run, cpu, hit_ratio(self._paths))

    def memory(self) -> dict[str, float]:
        """Return the unique MiB of each service with all its workers."""
        return {name: memory_mb(s.pid) for name, s in self._stack.services.items()}

    def _cpu(self) -> dict[str, float]:
        return {name: cpu_seconds([s.pid]) for name, s in self._stack.services.items()}

    def _wrong(self, status: int, body: bytes) -> str:
        if status != 200:
            return f"status {status}"
        answer = json.loads(body)
        states = [head["status"] for head in answer["heads"].values()]
        answered = sum(state in ("ok", "not_applicable") for state in states)
        if answer["decision"]["decided_by"] == "rule" or answered == self._traffic.heads:
            self._paths[(answer["encoder"] or {}).get("cache", "rule")] += 1
            return ""
        return f"{answered} of {self._traffic.heads} heads answered"


class Laboratory:
    """One stack whose services are restarted only where their own settings change.

    The texts go on from trial to trial, so that what was fresh once is never sent as fresh again.
    """

    def __init__(self, stack: Stack, traffic: Traffic) -> None:
        self._stack, self._traffic = stack, traffic
        self._texts = TextStream(Repeats.with_hit_ratio(traffic.hit_ratio, KEYS), SEED)

    def bench(self, settings: Settings) -> Bench:
        """Put the stack under `settings`; return it ready and warm."""
        wanted = {name: str(value) for name, value in settings.items()}
        changed = [service for service in SERVICES if self._differs(service, wanted)]
        for service in reversed(changed):
            if service in self._stack.services:
                self._stack.services[service].stop()
        self._stack.env |= wanted
        if changed:
            self._stack.start(*changed)
            self._stack.wait_ready("gateway")
        ready = Bench(self._stack, self._traffic, self._texts)
        ready.warm()
        return ready

    def trial(
        self, settings: Settings, seconds: float, limit_ms: float, show: Callable[[str], None]
    ) -> Trial:
        """Measure the answers a second that these settings give to CLOSED_CONNECTIONS callers."""
        run = self.bench(settings).level(seconds).run
        p95 = run.percentile_ms(95)
        trial = Trial(
            dict(settings), run.rate, run.percentile_ms(50), p95, score(run.rate, p95, limit_ms)
        )
        wrong = f", {dict(run.reasons)}" if run.errors else ""
        show(f"{run.rate:.0f}/s, p95 {p95:.0f} ms{wrong}: {short_line(settings)}")
        return trial

    def _differs(self, service: str, wanted: Mapping[str, str]) -> bool:
        own = {k: v for k, v in wanted.items() if k.startswith(f"{service.upper()}_")}
        started = service in self._stack.services
        return not started or any(self._stack.env.get(k) != v for k, v in own.items())


@contextmanager
def laboratory(traffic: Traffic) -> Iterator[Laboratory]:
    """Yield a laboratory with as many heads as asked; its services stop at the end."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shipped = len(production_versions())
        catalog = SHIPPED if traffic.heads == shipped else catalog_of(traffic.heads, folder / "c")
        stack = Stack(folder, {"HEADS_CATALOG": str(catalog), "GATEWAY_CATALOG": str(catalog)})
        try:
            yield Laboratory(stack, traffic)
        finally:
            stack.stop()


def short_line(settings: Settings) -> str:
    """Write the settings in one short line."""
    return " ".join(f"{name.lower()}={value}" for name, value in settings.items())


def cores() -> int:
    """Count the cores that this process and the services may use."""
    return len(os.sched_getaffinity(0))


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
