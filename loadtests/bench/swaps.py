"""Swap heads under load: time until every worker serves the new version, failures, memory a head.

`python -m loadtests.bench.swaps` prints one JSON object.
"""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import click
import numpy as np
import psutil
import safetensors.numpy
import tomli_w
import urllib3

from heads.bundle import selftest
from heads.bundle.loading import load_folder
from heads.bundle.reading import read_folder, tensors
from heads.inference.head import Head
from heads.inference.stack import score
from heads.lifecycle import aliases
from heads.lifecycle.promotion import Author, promote
from heads.pools.remote import RemotePool
from heads.prediction import FeatureRow, PredictRequest
from heads.storage.atomic_files import digest
from heads.storage.folder import FolderCatalog
from loadtests.config import inherited_environment
from loadtests.stack.catalogs import catalog_of
from loadtests.stack.machine import machine
from loadtests.stack.processes import free_ports, wait_until

DIM = 384
READY_S = 60.0
SWAP_S = 10.0  # within which each worker must serve a new version
REQUEST_S = 5.0
AUTHOR = Author("loadtests")


@dataclass
class Service:
    """A heads service on a catalog; `swapped` gets a time for every worker's every swap."""

    url: str
    process: subprocess.Popen[bytes]
    swapped: Queue[float] = field(default_factory=Queue)

    def workers(self) -> list[psutil.Process]:
        """Return gunicorn's workers."""
        return psutil.Process(self.process.pid).children()

    def memory_bytes(self) -> float:
        """Return the mean of the workers' unique memory (USS)."""
        sizes = [worker.memory_full_info().uss for worker in self.workers()]
        return sum(sizes) / len(sizes)

    def listen(self) -> None:
        """Read the service's log until it ends; other lines are of no interest here."""
        for line in self.process.stderr or ():
            with contextlib.suppress(ValueError):
                if json.loads(line).get("event") == "heads_swapped":
                    self.swapped.put(time.monotonic())


@contextlib.contextmanager
def serving(
    catalog: Path | str, workers: int, environment: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """Run `heads serve` over the catalog with default polling; yield it once it is ready."""
    (port,) = free_ports(1)
    settings = {
        "HEADS_CATALOG": str(catalog),
        "HEADS_PORT": str(port),
        "HEADS_WORKERS": str(workers),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "heads", "serve"],
        env=inherited_environment() | settings | dict(environment or {}), stderr=subprocess.PIPE,
    )  # fmt: skip
    service = Service(f"http://127.0.0.1:{port}", process)
    reader = threading.Thread(target=service.listen)
    reader.start()
    try:
        wait_until(lambda: service.swapped.qsize() >= workers, READY_S, "heads is not ready")
        wait_until(lambda: _ready(service.url), READY_S, "heads is not ready")
        while not service.swapped.empty():
            service.swapped.get()
        yield service
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        reader.join()
        if process.stderr is not None:
            process.stderr.close()


def _ready(url: str) -> bool:
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        return urllib3.request("GET", f"{url}/readyz", retries=False, timeout=2).status == 200
    return False


class Load:
    """Closed-loop callers that check every answer against the version it was planned with."""

    def __init__(
        self, url: str, catalog: Path, names: list[str], swapping: str, request_s: float = REQUEST_S
    ) -> None:
        draw = np.random.default_rng(20261121)
        first = load_folder(next((catalog / swapping).glob("*/head.toml")).parent)
        views = first.manifest.views
        vectors = {view: draw.normal(size=DIM).astype(np.float32) for view in views}
        self._rows = [FeatureRow(vectors, "What would 20 seats cost us a year?")]
        self._wanted: dict[str, Any] = {}
        self.expect(first)
        self._fingerprint = first.manifest.fingerprint
        self._pool = RemotePool(url)
        self._names, self._swapping, self._request_s = names, swapping, request_s
        self._stop = threading.Event()
        self.requests = self.failures = 0
        self._lock = threading.Lock()

    def expect(self, head: Head) -> None:
        """Record what this version must answer; call it before the version goes live."""
        self._wanted[head.version] = score(head, self._rows)

    def run(self) -> None:
        """Send requests as one caller until the load is stopped."""
        while not self._stop.is_set():
            plan = self._pool.head_set()
            answers = self._pool.predict(
                PredictRequest(plan, self._names, self._rows, self._fingerprint, self._request_s)
            )
            swapped = answers[self._swapping]
            version = plan.heads[self._swapping].version
            good = (
                all(answer.status == "ok" for answer in answers.values())
                and swapped.version == version
                and np.allclose(swapped.scores, self._wanted[version], atol=1e-4)
            )
            with self._lock:
                self.requests += 1
                self.failures += not good

    @contextlib.contextmanager
    def running(self, callers: int) -> Iterator[None]:
        """Run the load; yield once every caller has had an answer."""
        threads = [threading.Thread(target=self.run) for _ in range(callers)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: self.requests > callers, READY_S, "no answer")
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()
            self._pool.close()


def new_version(catalog: Path, name: str, first: str, version: str) -> Any:
    """Write and return a new version of a head, with weights of its own."""
    bundle = read_folder(catalog / name / first)
    share = 1 / (int(version) + 1)
    weights = {key: value * share for key, value in tensors(bundle).items()}
    table = tomllib.loads(bundle.files["head.toml"].decode()) | {"version": version}
    rows = [row.features for row in selftest.parse(bundle.files["golden.json"], version)]
    recorded = selftest.record(Head.build(bundle.manifest, weights), rows)
    packed = safetensors.numpy.save(weights)
    files = {**bundle.files, "weights.safetensors": packed, "golden.json": recorded}
    table["files"] = {file: digest(files[file]) for file in table["files"]}
    files["head.toml"] = tomli_w.dumps(table).encode()
    (catalog / name / version).mkdir()
    for file, content in files.items():
        (catalog / name / version / file).write_bytes(content)
    return load_folder(catalog / name / version)


def measure_swaps(
    heads: int,
    swaps: int,
    workers: int,
    callers: int,
    *,
    swap_s: float = SWAP_S,
    request_s: float = REQUEST_S,
) -> dict[str, Any]:
    """Swap one of many heads under load, each time to a version that no worker has seen.

    Raises queue.Empty where a worker does not swap within `swap_s`; a request that takes longer
    than `request_s` counts as a failure.
    """
    with tempfile.TemporaryDirectory() as folder:
        catalog = catalog_of(heads, Path(folder))
        names = sorted(path.name for path in catalog.iterdir())
        first = aliases.read_folder(catalog / names[0]).production or ""
        with serving(catalog, workers) as service:
            load = Load(service.url, catalog, names, names[0], request_s)
            took_s = []
            before = service.memory_bytes()
            with load.running(callers):
                for change in range(swaps):
                    version = str(1000 + change)
                    load.expect(new_version(catalog, names[0], first, version))
                    started = time.monotonic()
                    promote(FolderCatalog(catalog), names[0], version, "production", AUTHOR)
                    seen = [service.swapped.get(timeout=swap_s) for _ in range(workers)]
                    took_s.append(max(seen) - started)
            after = service.memory_bytes()
    return {
        "swaps": swaps,
        "requests": load.requests,
        "failures": load.failures,
        "swap_p50_s": round(float(np.percentile(took_s, 50)), 3),
        "swap_p99_s": round(float(np.percentile(took_s, 99)), 3),
        "swap_max_s": round(max(took_s), 3),
        "worker_growth_mib": round((after - before) / 2**20, 2),
    }


def measure_memory(few: int, many: int) -> dict[str, Any]:
    """Measure what one more head costs a worker."""
    taken = {}
    for count in (few, many):
        with tempfile.TemporaryDirectory() as folder:
            catalog = catalog_of(count, Path(folder))
            with serving(catalog, 1) as service:
                taken[count] = service.memory_bytes() / 2**20
    return {
        f"worker_mib_{few}": round(taken[few], 1),
        f"worker_mib_{many}": round(taken[many], 1),
        "mib_a_head": round((taken[many] - taken[few]) / (many - few), 3),
    }


@click.command()
@click.option("--heads", default=21, show_default=True)
@click.option("--swaps", default=100, show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--callers", default=4, show_default=True)
def main(heads: int, swaps: int, workers: int, callers: int) -> None:
    """Swap one of HEADS under load, and weigh one more head."""
    result = {
        **machine(),
        "heads": heads,
        "workers": workers,
        "callers": callers,
        **measure_swaps(heads, swaps, workers, callers),
        **measure_memory(1, 21),
    }
    click.echo(json.dumps(result, indent=1))
    if result["failures"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
