"""A closed-loop gRPC load on the embedder alone, by the client that the gateway uses."""

import threading
import time
from collections.abc import Sequence

from embedder.client import EmbedderClient
from embedder.errors import EmbedderError
from loadtests.measure import Run


def run_grpc(
    name: str, target: str, texts: Sequence[str], *, views: Sequence[str], concurrency: int
) -> Run:
    """Embeds every text once, one text a call, `concurrency` threads on one channel.

    A text counts as answered when it has a vector of the encoder's size for every view.
    """
    waiting = iter(texts)
    taking = threading.Lock()
    latencies: list[float] = []
    errors: list[str] = []
    client = EmbedderClient(target, default_timeout_s=60)
    dim = client.info().dim  # connects before the clock starts

    def caller() -> None:
        while True:
            with taking:
                text = next(waiting, None)
            if text is None:
                return
            begun = time.perf_counter()
            try:
                vectors = client.embed([text], views).items[0].vectors
            except EmbedderError as error:
                errors.append(error.code)
                continue
            if [vector.shape for vector in vectors.values()] == [(dim,)] * len(views):
                latencies.append(time.perf_counter() - begun)
            else:
                errors.append("not every vector")

    threads = [threading.Thread(target=caller) for _ in range(concurrency)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    client.close()
    reasons = {reason: errors.count(reason) for reason in set(errors)}
    return Run(name, concurrency, seconds, tuple(latencies), len(errors), reasons=reasons)
