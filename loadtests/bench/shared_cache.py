"""Measure the shared cache: its faults under load, the minute after a restart, four replicas."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from pydantic import SecretStr

from embedder.config import Settings
from embedder.testing.server import serve_server
from loadtests.clients.grpc_spread import Call, Spread
from loadtests.measurement.percentiles import percentile_ms
from loadtests.reports.warm_up import WINDOW_S, Curve
from loadtests.stack.catalogs import production_views
from loadtests.stack.embedders import SECRET, Fleet, embedders
from loadtests.stack.valkey import ValkeyServer, slowed, valkey
from loadtests.traffic.corpus import Repeats, TextStream

SEED = 20261129
_QUICK = 50.0  # calls a second of stand-ins
_HEADER = (
    "| shared cache | calls | failed | wrong | hits | p50 ms | p99 ms, first 2 s | p99 ms after |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True)
class Shape:
    """How much is measured: calls a second, seconds a phase, texts that repeat, and how often."""

    rate: float = 25.0
    seconds: float = 10.0
    keys: int = 300
    hit_ratio: float = 0.9

    def texts(self, seconds: float) -> list[str]:
        """Return the words to send within so many seconds."""
        stream = TextStream(Repeats.with_hit_ratio(self.hit_ratio, self.keys), SEED)
        return [text.words for text in itertools.islice(stream, round(self.rate * seconds))]

    def key_space(self) -> list[str]:
        """Return every text that comes again."""
        return TextStream(Repeats.with_hit_ratio(self.hit_ratio, self.keys), SEED).warm_up()


def fault_table(shape: Shape, show: Callable[[str], None]) -> str:
    """Return what callers see of each fault, as Markdown. Every call asks: there is no first cache.

    One embedder, with the default bound; the first row is without a fault, the last without a
    shared cache.
    """
    rows = [_HEADER]
    faults: dict[str, Callable[[ValkeyServer, ExitStack], object]] = {
        "well": lambda _server, _stack: None,
        "slow: 20 ms a command": lambda server, stack: stack.enter_context(slowed(server, 20)),
        "frozen (SIGSTOP)": lambda server, _: server.pause(),
        "full, no eviction": lambda server, _: server.ask("CONFIG", "SET", "maxmemory", "1"),
        "every value damaged": lambda server, _: server.damage_all(),
        "killed": lambda server, _: server.kill(),
    }
    for name, fault in faults.items():
        with valkey() as server, embedders(1, server.url, "0") as fleet:
            spread = Spread(fleet.targets, production_views())
            spread.run(shape.key_space(), shape.rate)
            with ExitStack() as stack:
                fault(server, stack)
                calls = spread.run(shape.texts(shape.seconds), shape.rate)
            server.resume()
        rows.append(_fault_row(name, calls))
        show(rows[-1])
    with embedders(1, None, "0") as fleet:
        calls = _sent(fleet, shape, shape.texts(shape.seconds))
    rows.append(_fault_row("none at all", calls))
    show(rows[-1])
    return "\n".join(rows)


def restarts(shape: Shape, seconds: float) -> dict[str, Curve]:
    """Return the first `seconds` of a new embedder, whose forerunner knew every repeated text."""
    curves = {}
    for name, shared in (("without a shared cache", False), ("with one", True)):
        with valkey() as server:
            url = server.url if shared else None
            with embedders(1, url) as fleet:
                _sent(fleet, shape, shape.key_space())
            with embedders(1, url) as fleet:
                calls = _sent(fleet, shape, shape.texts(seconds))
        curves[name] = _curve(calls)
    return curves


def forwards(shape: Shape, replicas: int, texts: int) -> dict[str, float]:
    """Return the share of calls that cost a forward, of new replicas that are called in turn.

    Their encoders are stand-ins: which texts need a forward does not depend on how long it takes.
    """
    sent = shape.texts(texts / shape.rate)
    shares = {}
    for name, shared in (("without a shared cache", False), ("with one", True)):
        with valkey() as server, ExitStack() as stack:
            settings = _settings(server.url if shared else None)
            serving = [
                stack.enter_context(serve_server(settings=settings)) for _ in range(replicas)
            ]
            targets = [f"127.0.0.1:{each.port}" for each in serving]
            calls = Spread(targets, production_views()).run(sent, _QUICK)
        shares[name] = _share(calls, "miss")
    return shares


def _settings(url: str | None) -> Settings:
    if url is None:
        return Settings(port=0, metrics_port=0)
    return Settings(
        port=0, metrics_port=0, cache_secret=SecretStr(SECRET), cache_ttl_s=3600,
        cache_url=SecretStr(url), cache_timeout_ms=1000,
    )  # fmt: skip


def _sent(fleet: Fleet, shape: Shape, texts: Sequence[str]) -> list[Call]:
    return Spread(fleet.targets, production_views()).run(texts, shape.rate)


def _curve(calls: Sequence[Call]) -> Curve:
    last = int(max(call.at_s for call in calls) // WINDOW_S)
    windows = [
        [call for call in calls if int(call.at_s // WINDOW_S) == number]
        for number in range(last + 1)
    ]
    return Curve(
        tuple(_share(window, "hit", "coalesced") for window in windows),
        tuple(_percentile_ms(window, 99) for window in windows),
    )


def _fault_row(name: str, calls: Sequence[Call]) -> str:
    first = [call for call in calls if call.at_s < 2]
    later = [call for call in calls if call.at_s >= 2]
    failed, wrong = (sum(call.path == path for call in calls) for path in ("failed", "wrong"))
    return (
        f"| {name} | {len(calls)} | {failed} | {wrong} | {_share(calls, 'hit'):.0%} "
        f"| {_percentile_ms(calls, 50):.1f} | {_percentile_ms(first, 99):.0f} "
        f"| {_percentile_ms(later, 99):.0f} |"
    )


def _share(calls: Sequence[Call], *paths: str) -> float:
    return sum(call.path in paths for call in calls) / max(1, len(calls))


def _percentile_ms(calls: Sequence[Call], percent: float) -> float:
    return percentile_ms([call.latency_s for call in calls], percent)
