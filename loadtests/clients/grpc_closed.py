"""Load the embedder alone by gRPC, closed loop, with the client that the gateway uses."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from embedder.client import EmbedderClient
from embedder.errors import EmbedderError
from loadtests.measurement.run import Run


def run_grpc(
    name: str, target: str, texts: Sequence[str], *, views: Sequence[str], concurrency: int
) -> Run:
    """Embed every text once, one text a call, `concurrency` threads on one channel.

    A text counts as answered when it has a vector of the encoder's size for every view.
    """
    client = EmbedderClient(target, default_timeout_s=60)
    dim = client.info().dim  # connects before the clock starts

    def latency_or_error(text: str) -> float | str:
        begun = time.perf_counter()
        try:
            vectors = client.embed([text], views).items[0].vectors
        except EmbedderError as error:
            return error.code
        if [vector.shape for vector in vectors.values()] != [(dim,)] * len(views):
            return "not every vector"
        return time.perf_counter() - begun

    with ThreadPoolExecutor(concurrency) as callers:
        started = time.perf_counter()
        outcomes = list(callers.map(latency_or_error, texts))
        seconds = time.perf_counter() - started
    client.close()
    latencies = tuple(outcome for outcome in outcomes if isinstance(outcome, float))
    errors = [outcome for outcome in outcomes if isinstance(outcome, str)]
    reasons = {reason: errors.count(reason) for reason in set(errors)}
    return Run(name, concurrency, seconds, latencies, len(errors), reasons=reasons)
