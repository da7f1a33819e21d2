"""Measure Trunkline, then every peer in turn: start, ask at each level, stop; one table."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path

import psutil

from embedder.checkpoint.folder import find_base
from loadtests.bench.run import SEED
from loadtests.bench.services import answered_by, bodies_of, warm_texts, warm_up
from loadtests.clients.http_closed import Check, lasting, run_http
from loadtests.config import inherited_environment
from loadtests.measurement.run import cpu_seconds, memory_mb
from loadtests.peers.catalog import DIM, PEERS, ROOT, Peer, Place, bodies, checked
from loadtests.peers.environment import NotInstalledError, python_of
from loadtests.peers.heads import write_product
from loadtests.reports.peers import ALL_ON, OURS, SAME, SHIPPED, peers_tables, ratios
from loadtests.reports.tables import ratios_table
from loadtests.stack.catalogs import production_versions
from loadtests.stack.collector import otlp_settings, running_collector
from loadtests.stack.machine import machine
from loadtests.stack.prediction_log import log_settings, migrate
from loadtests.stack.processes import Service, free_ports, wait_until
from loadtests.stack.stack import Stack
from loadtests.traffic.corpus import reply_texts

LEVELS = (1, 8, 32)
READY_TIMEOUT_S = 180.0
RESULTS = ROOT / "loadtests" / "results"
TRACED = 0.01  # of the requests, as GATEWAY_OTLP_TRACE_SHARE has it


@dataclass(frozen=True)
class Row:
    """One peer at one level; `trouble` is why there are no figures, "" where there are."""

    name: str
    heads: int
    kind: str = ""
    precision: str = ""
    concurrency: int = 0
    rate: float = 0.0
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    cpu_ms: float = 0.0
    memory_mb: float = 0.0
    start_s: float = 0.0
    errors: int = 0
    trouble: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)


def measure(
    names: Sequence[str], count: int, seconds: float, show: Callable[[str], None]
) -> list[Row]:
    """Measure Trunkline and every peer whose name contains one of `names` (none: all).

    A level ends when all texts were sent, or after `seconds`.
    """
    texts = reply_texts(count, SEED)
    chosen = [p for p in PEERS if not names or any(n.lower() in p.name.lower() for n in names)]
    rows: list[Row] = []
    own = (_trunkline(texts, seconds, *which) for which in _OWN)
    measured = chain(own, (peer_rows(peer, texts, seconds, show) for peer in chosen))
    for row in chain.from_iterable(measured):
        rows.append(row)
        outcome = row.trouble or f"{row.rate:.1f}/s {dict(row.reasons) or ''}"
        show(f"  {row.name} at {row.concurrency}: {outcome}")
    return rows


def peer_rows(
    peer: Peer, texts: list[str], seconds: float, show: Callable[[str], None]
) -> list[Row]:
    """Return a peer's rows, one a level; or one with the reason why there are none."""
    try:
        return _peer(peer, python_of(peer, show), texts, seconds)
    except NotInstalledError as error:
        return [replace(_empty(peer), trouble=f"not installed: {error}")]
    except subprocess.CalledProcessError as error:
        why = error.stderr.decode(errors="replace").strip()[-160:] or str(error)
        return [replace(_empty(peer), trouble=f"could not be prepared: {why}")]
    except (RuntimeError, TimeoutError) as error:
        return [replace(_empty(peer), trouble=f"did not start: {str(error)[-160:]}")]


def _empty(peer: Peer) -> Row:
    return Row(peer.name, peer.heads, peer.kind, peer.precision)


def _peer(peer: Peer, python: Path, texts: list[str], seconds: float) -> list[Row]:
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        place = Place(python, find_base().folder, folder, port)
        write_product(place.heads, DIM)
        environment = inherited_environment() | dict(peer.environment)
        environment["PATH"] = f"{python.parent}{os.pathsep}{environment.get('PATH', '')}"
        where = ROOT if not peer.requirements else folder
        if peer.prepare:
            subprocess.run(
                peer.prepare(place), env=environment, cwd=where, check=True, capture_output=True
            )
        begun = time.monotonic()
        service = _started(peer, place, environment, where)
        url = f"http://127.0.0.1:{port}{peer.path}"
        try:
            _await(service, url, bodies(peer, texts[:1]), checked(peer))
            empty = replace(_empty(peer), start_s=round(time.monotonic() - begun, 1))
            sent, warm = bodies(peer, texts), bodies(peer, warm_texts(texts))
            return _levels(empty, [service.pid], url, (warm, sent), seconds, checked(peer))
        finally:
            _end(service)


def _end(service: Service) -> None:
    """Stop a peer and whatever its own stopping leaves behind: some leave their workers."""
    family = psutil.Process(service.pid).children(recursive=True) if _alive(service) else []
    service.stop()
    for process in psutil.wait_procs(family, timeout=5)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _alive(service: Service) -> bool:
    return service.process.poll() is None


def _started(peer: Peer, place: Place, environment: dict[str, str], where: Path) -> Service:
    log = place.folder / "peer.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(peer.command(place)), cwd=where, env=environment, stdout=out, stderr=out
        )
    return Service(peer.name, process, log)


def _await(service: Service, url: str, body: list[bytes], check: Check) -> None:
    """Wait until one request is answered rightly. Raises RuntimeError with the log's end."""

    def answers() -> bool:
        if service.process.poll() is not None:
            raise RuntimeError(service.log.read_text(errors="replace").strip()[-160:])
        return not run_http("start", url, body, concurrency=1, check=check).errors

    wait_until(answers, READY_TIMEOUT_S, f"no right answer in {READY_TIMEOUT_S:.0f} s")


Switch = Callable[[Path], AbstractContextManager[Mapping[str, str]]]


@contextlib.contextmanager
def _all_on(folder: Path) -> Iterator[Mapping[str, str]]:
    """Yield settings with a log in `folder`, and traces and metrics sent to a collector."""
    log = folder / "log"
    log.mkdir()
    with running_collector() as collector:
        settings = {**log_settings(log), **otlp_settings(collector.url, TRACED)}
        migrate(settings)
        yield settings


def _just(settings: Mapping[str, str]) -> Switch:
    return lambda _folder: contextlib.nullcontext(settings)


# Our rows: name, kind, precision, settings. The weights are tuned ones, of the same shape.
_OWN: tuple[tuple[str, str, str, Switch], ...] = (
    (OURS, SAME, "fp32", _just({"EMBEDDER_PRECISION": "fp32"})),
    (OURS, SHIPPED, "default", _just({})),
    (ALL_ON, SHIPPED, "default", _all_on),
)


def _trunkline(
    texts: list[str], seconds: float, name: str, kind: str, precision: str, switch: Switch
) -> list[Row]:
    """Measure the whole stack with the shipped heads, each level on a cold cache: all misses."""
    heads = len(production_versions())
    rows: list[Row] = []
    for level in LEVELS:
        with tempfile.TemporaryDirectory() as temporary, switch(Path(temporary)) as settings:
            stack = Stack(Path(temporary), settings)
            try:
                begun = time.monotonic()
                stack.start()
                took_s = round(time.monotonic() - begun, 1)
                empty = Row(name, heads, kind, precision, start_s=took_s)
                pids = [service.pid for service in stack.services.values()]
                url, check = f"{stack.gateway_url}/v1/classify", answered_by("miss", heads)
                sent = bodies_of(warm_texts(texts)), bodies_of(texts)
                rows += _levels(empty, pids, url, sent, seconds, check, (level,))
            finally:
                stack.stop()
    return rows


def _levels(
    empty: Row, pids: list[int], url: str, sent: tuple[list[bytes], list[bytes]], seconds: float,
    check: Check, levels: Sequence[int] = LEVELS,
) -> list[Row]:  # fmt: skip
    """Measure the second of `sent`, after some seconds of the first at each level."""
    warm, measured = sent
    rows = []
    for level in levels:
        warm_up(url, warm, level)
        cpu = cpu_seconds(pids)
        run = run_http(empty.name, url, lasting(seconds, measured), concurrency=level, check=check)
        run = replace(run, cpu_s=cpu_seconds(pids) - cpu)
        rows.append(
            replace(
                empty, concurrency=level, rate=round(run.rate, 1), errors=run.errors,
                reasons=run.reasons,
                p50=round(run.percentile_ms(50), 1), p95=round(run.percentile_ms(95), 1),
                p99=round(run.percentile_ms(99), 1), cpu_ms=round(run.cpu_ms, 2),
                memory_mb=round(sum(memory_mb(pid) for pid in pids)),
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True)
class Price:
    """Dollars for an hour of a core, and where the figure is from."""

    core_hour: float
    source: str


def peers(
    names: Sequence[str], count: int, seconds: float, keep: bool, price: Price,
    show: Callable[[str], None],
) -> None:  # fmt: skip
    """Measure, print the tables and keep them as JSON."""
    before = os.getloadavg()[0]
    rows = [asdict(row) for row in measure(names, count, seconds, show)]
    show(f"\n{peers_tables(rows, price.core_hour)}\n\n{ratios_table(ratios(rows))}")
    show(f"{price.core_hour:g} $ a core-hour: {price.source}")
    shown = {"before": before, "after": os.getloadavg()[0]}
    if keep:
        about = machine()
        path = RESULTS / f"peers-{about['date']}.json"
        command = f"python -m loadtests peers --texts {count} --seconds {seconds:g}"
        content = {
            "command": command, "machine": about, "texts": count, "load_average": shown,
            "price": asdict(price), "rows": rows,
        }  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        show(f"kept in {path.relative_to(ROOT)}")
