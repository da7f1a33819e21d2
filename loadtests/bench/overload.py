"""Measure what an overload leaves: offered load against good answers, and how soon it is over."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import urllib3

from loadtests.clients.http_closed import lasting, run_http
from loadtests.clients.impatient import Storm, run_storm
from loadtests.traffic.corpus import Lengths, distinct_texts

_LONG = Lengths(median=280, p95=300, most=320)  # tokens: about 250 words
_ROUTE = "/v1/classify"
_CALLERS = 16
_QUIET = 12


@dataclass(frozen=True)
class Overload:
    """The shape of the measurement."""

    factors: tuple[float, ...] = (0.5, 1.0, 2.0, 5.0)
    seconds: float = 15.0
    patience_s: float = 3.0
    tries: int = 3


@dataclass(frozen=True)
class Level:
    """One level of offered load, a patient request a second after it, and one quiet before."""

    factor: float
    storm: Storm
    after_s: float


@dataclass(frozen=True)
class Curve:
    """The levels, beside the closed loop's answers a second and a lone request's time."""

    capacity: float
    quiet_s: float
    levels: tuple[Level, ...]

    def table(self) -> str:
        """Return the curve as a Markdown table."""
        rows = [
            "| offered, of capacity | callers/s | attempts/s | good/s | of capacity | p50 of good "
            "| refused | gave up | patient 1 s after |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        return "\n".join([*rows, *(self._row(level) for level in self.levels)])

    def _row(self, level: Level) -> str:
        storm = level.storm
        p50_s = median(storm.latencies_s) if storm.latencies_s else 0.0
        return (
            f"| {level.factor:g}x | {storm.callers / storm.seconds:.0f} "
            f"| {storm.attempts / storm.seconds:.0f} | {storm.goodput:.1f} "
            f"| {storm.goodput / self.capacity:.0%} | {p50_s:.2f} s | {storm.refused} "
            f"| {storm.gave_up} | {level.after_s:.2f} s |"
        )


def measure(url: str, shape: Overload, say: Callable[[str], None]) -> Curve:
    """Measure a gateway at `url` with texts of about 250 words that it has never seen."""
    bodies, target = _bodies(), url + _ROUTE
    run_http("warm", target, lasting(4, bodies), concurrency=_CALLERS, check=_check)
    quiet_s = median(_ask(target, next(bodies)) for _ in range(_QUIET))
    closed = run_http(
        "closed", target, lasting(shape.seconds, bodies), concurrency=_CALLERS, check=_check
    )
    say(f"closed loop, {_CALLERS} callers: {closed.rate:.1f}/s; a lone request {quiet_s:.3f} s")
    levels = []
    for factor in shape.factors:
        storm = run_storm(
            target, bodies, rate=factor * closed.rate, seconds=shape.seconds,
            patience_s=shape.patience_s, tries=shape.tries,
        )  # fmt: skip
        time.sleep(1.0)
        levels.append(Level(factor, storm, _ask(target, next(bodies))))
        say(f"{factor:g}x: {storm.goodput:.1f} good/s")
        time.sleep(2.0)
    return Curve(closed.rate, quiet_s, tuple(levels))


def _bodies() -> Iterator[bytes]:
    seed = time.time_ns()  # texts that no cache knows, also of an earlier run
    return (json.dumps({"text": text}).encode() for text in distinct_texts(seed, _LONG))


def _ask(target: str, body: bytes) -> float:
    """Return how long one patient request took that alone is there."""
    begun = time.perf_counter()
    answer = urllib3.request(
        "POST", target, body=body, headers={"Content-Type": "application/json"},
        timeout=120.0, retries=False,
    )  # fmt: skip
    if answer.status != 200:
        raise RuntimeError(f"a lone request was answered {answer.status}")
    return time.perf_counter() - begun


def _check(status: int, _body: bytes) -> str:
    return "" if status == 200 else f"status {status}"
