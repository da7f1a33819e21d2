"""Measure the CPU that heads take of one process: microseconds a request for 1 to 200 heads.

`python -m loadtests.bench.heads_cpu` prints one JSON object: the medians by road and heads.
"""

import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np

from embedder.client import EmbeddedItem, Embeddings, EncoderIdentity, EncoderInfo
from gateway.api.rendering import render
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestContext, RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.embedding import EmbeddingStage
from gateway.inference.encoders import Encoder
from gateway.inference.item import Item
from gateway.inference.observer import NoRollout
from gateway.inference.plan import EncoderViews, make_plan
from gateway.inference.prediction import PredictionStage
from gateway.inference.scorer import Scorer
from gateway.inference.snapshot import Snapshot
from gateway.mail import CleanedMail
from gateway.parallel import Parallel
from heads.config import Settings
from heads.pools.local import LocalPool
from heads.pools.plain_http import Reply
from heads.pools.remote import RemotePool
from heads.prediction import FeatureRow, Pool, PredictRequest
from heads.registry.registry import Registry
from heads.service.app import create_app
from heads.service.metrics import Metrics
from loadtests.config import inherited_environment
from loadtests.stack.catalogs import catalog_of, production_views
from loadtests.stack.machine import machine
from loadtests.traffic.corpus import reply_texts

COUNTS = (1, 6, 21, 50, 200)
DIM = 384
_TIMEOUT_S = 60.0
_TEXTS = 64
_FLUSHED = 1 << 23  # float32: twice the second-level cache of usual cores, many times over
_TIMINGS = {"clean": 0.0, "embed": 0.0, "heads": 0.0, "total": 0.0}
Call = Callable[[int], object]
"""Answers the request of this number."""


class ServicePool(RemotePool):
    """A RemotePool whose heads service is a WSGI application in this process: no sockets."""

    def __init__(self, application: Any) -> None:
        super().__init__("http://127.0.0.1:1", refresh_s=3600.0)
        self._application = application

    def _call(
        self, method: str, path: str, timeout_s: float, body: bytes | None, headers: dict[str, str]
    ) -> Reply:
        started: list[Any] = []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body or b"")),
            "CONTENT_TYPE": headers.get("Content-Type", ""), "wsgi.input": io.BytesIO(body or b""),
            "SERVER_NAME": "a", "SERVER_PORT": "1",
            **{f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()},
            "wsgi.url_scheme": "http", "QUERY_STRING": "", "SERVER_PROTOCOL": "HTTP/1.1",
        }  # fmt: skip
        content = b"".join(self._application(environ, lambda *begun: started.extend(begun)))
        fields = {name.lower(): value for name, value in started[1]}
        return Reply(int(started[0].split()[0]), fields, content)


@dataclass(frozen=True)
class Requests:
    """Texts and the vectors that an encoder gave of them; an Embedder over them."""

    texts: Sequence[str]
    vectors: Sequence[dict[str, Any]]
    identity: EncoderIdentity

    def embed(self, texts: Sequence[str], *_: Any, **__: Any) -> Embeddings:
        """Return kept vectors, whatever the text."""
        items = tuple(
            EmbeddedItem(self.vectors[hash(text) % len(self.vectors)], 9, 9, False, "miss", None)
            for text in texts
        )
        return Embeddings(items, self.identity, DIM, {})

    def info(self, *, timeout_s: float | None = None) -> EncoderInfo:
        """Refuse: nobody asks in here."""
        raise NotImplementedError

    def close(self) -> None:
        """Close nothing."""


def roads(catalog: Path) -> Iterator[tuple[str, Call]]:
    """Yield each road of a request through the heads of `catalog`, by name."""
    metrics = Metrics(shared=True)
    registry = Registry(str(catalog), on_swap=metrics.swapped)
    local = LocalPool(registry)
    app = create_app(Settings.model_validate({"catalog": str(catalog)}), registry, metrics)
    remote = ServicePool(app.wsgi_app)
    requests = _requests(local)
    yield "heads, in process", _asking(local, requests)
    yield "heads, over the service", _asking(remote, requests)
    yield "gateway and heads, in process", _scoring(local, requests)
    yield "gateway and heads, over the service", _scoring(remote, requests)


def _requests(pool: Pool) -> Requests:
    rng = np.random.default_rng(1)
    texts = reply_texts(_TEXTS, 20261121)
    views = production_views()
    vectors = [{v: rng.normal(size=DIM).astype(np.float32) for v in views} for _ in texts]
    fingerprint = next(iter(pool.head_set().heads.values())).fingerprint
    return Requests(texts, vectors, EncoderIdentity("a", fingerprint, "b", "c"))


def _asking(pool: Pool, requests: Requests) -> Call:
    head_set = pool.head_set()
    names = tuple(sorted(head_set.heads))
    fingerprint = requests.identity.fingerprint

    def call(number: int) -> object:
        row = FeatureRow(requests.vectors[number % _TEXTS], requests.texts[number % _TEXTS])
        return pool.predict(PredictRequest(head_set, names, [row], fingerprint, _TIMEOUT_S))

    return call


def _scoring(pool: Pool, requests: Requests) -> Call:
    parallel, head_set = Parallel(1), pool.head_set()
    scorer = Scorer(
        EmbeddingStage(parallel), PredictionStage(pool, parallel, _TIMEOUT_S), answer_cache(0),
        NoRollout(),
    )  # fmt: skip
    fingerprints = (requests.identity.fingerprint,)
    encoder = Encoder(requests.identity, requests, EncoderViews(12, ("mean", "text")))
    snapshot = Snapshot((encoder,), fingerprints, head_set, make_plan(head_set, None, fingerprints))
    mails = [CleanedMail(text, text) for text in requests.texts]

    def call(number: int) -> object:
        item = Item(mails[number % _TEXTS], "id")
        context = RequestContext(snapshot, RequestMetadata(within(_TIMEOUT_S)))
        answer = scorer.score([item], context)["id"]
        if not isinstance(answer, Answer):
            raise TypeError(answer)
        return render(answer, "id", _TIMINGS)

    return call


def measure(counts: Sequence[int], calls: int, rounds: int, *, cold: bool) -> dict[str, Any]:
    """Return the median CPU microseconds of a request by road and count, all taken in turns."""
    flushed = np.ones(_FLUSHED if cold else 1, dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        found: dict[tuple[str, int], list[float]] = {}
        all_roads = {
            (name, count): call
            for count in counts
            for name, call in roads(catalog_of(count, Path(folder) / str(count)))
        }
        for _ in range(rounds):
            for key, call in all_roads.items():
                found.setdefault(key, []).append(_microseconds(call, calls, flushed))
    table: dict[str, dict[str, float]] = {}
    for (name, count), times in found.items():
        table.setdefault(name, {})[str(count)] = round(median(times), 1)
    return table


def _microseconds(call: Call, calls: int, flushed: Any) -> float:
    """Return the median CPU time of so many calls; what they find in caches is flushed before."""
    times = []
    for number in range(calls):
        flushed += 1
        started = time.process_time_ns()
        call(number)
        times.append((time.process_time_ns() - started) / 1000)
    return median(times)


@contextmanager
def _environment() -> Iterator[dict[str, str]]:
    """Yield that of a worker: metrics in files, one thread of linear algebra."""
    with tempfile.TemporaryDirectory() as folder:
        one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        yield {**inherited_environment(), **one, "PROMETHEUS_MULTIPROC_DIR": folder}


@click.command()
@click.option("--heads", "counts", default=COUNTS, multiple=True, show_default=True)
@click.option("--calls", default=60, show_default=True, help="Requests a road and round.")
@click.option("--rounds", default=7, show_default=True)
@click.option("--cold", is_flag=True, help="Flush the processor's caches before each request.")
@click.option("--in-worker", is_flag=True, hidden=True)
def main(counts: tuple[int, ...], calls: int, rounds: int, cold: bool, in_worker: bool) -> None:
    """Measure in a process of its own, and print figures with the machine they were taken on."""
    if in_worker:
        click.echo(json.dumps(measure(counts, calls, rounds, cold=cold)))
        return
    with _environment() as environment:
        command = [sys.executable, "-m", "loadtests.bench.heads_cpu", *sys.argv[1:], "--in-worker"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    table = json.loads(done.stdout.splitlines()[-1])
    click.echo(json.dumps({"machine": machine(), "microseconds": table}, indent=1))


if __name__ == "__main__":
    main()
