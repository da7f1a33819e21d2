"""Measure the encoder without a service: length-sorted, in arrival order, and one by one."""

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from embedder.encoder import Batch, LoadedEncoder
from embedder.tokenizer import Tokens
from embedder.views import View
from loadtests.measurement.run import Run, cpu_seconds

MAX_BATCH_TOKENS = 4096
NAIVE_ROWS = 32


def run_sorted(name: str, loaded: LoadedEncoder, texts: Sequence[str], views: list[View]) -> Run:
    """Encode texts all known beforehand, sorted by length, cut by the cost model: the ceiling."""
    return _run(name, loaded, texts, views, lambda items: _by_cost(loaded, items))


def run_naive(name: str, loaded: LoadedEncoder, texts: Sequence[str], views: list[View]) -> Run:
    """Encode batches of 32 in arrival order, padded to the longest: a count-based batcher."""

    def in_order(items: list[Tokens]) -> list[list[int]]:
        rows = list(range(len(items)))
        return [rows[i : i + NAIVE_ROWS] for i in range(0, len(rows), NAIVE_ROWS)]

    return _run(name, loaded, texts, views, in_order)


def run_single(name: str, loaded: LoadedEncoder, texts: Sequence[str], views: list[View]) -> Run:
    """Encode one text a forward, one forward at a time: the bare latency of a lone request."""
    latencies = []
    cpu, started = _own_cpu(), time.perf_counter()
    for text in texts:
        begun = time.perf_counter()
        loaded.encoder.forward(Batch.of([loaded.tokenizer.tokenize(text)], views, alone=True))
        latencies.append(time.perf_counter() - begun)
    seconds = time.perf_counter() - started
    return Run(name, 1, seconds, tuple(latencies), cpu_s=_own_cpu() - cpu)


def _by_cost(loaded: LoadedEncoder, items: list[Tokens]) -> list[list[int]]:
    return loaded.cost.partition([item.length for item in items], MAX_BATCH_TOKENS)


def _run(
    name: str,
    loaded: LoadedEncoder,
    texts: Sequence[str],
    views: list[View],
    cut: Callable[[list[Tokens]], list[list[int]]],
) -> Run:
    """Tokenize, then encode the batches on one thread a stream; both are timed."""
    cpu, started = _own_cpu(), time.perf_counter()
    items = loaded.tokenizer.tokenize_batch([(text, "") for text in texts])
    batches = iter(cut(items))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                rows = next(batches, None)
            if rows is None:
                return
            loaded.encoder.forward(Batch.of([items[row] for row in rows], views))

    threads = [threading.Thread(target=work) for _ in range(loaded.encoder.streams)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    run = Run(name, len(threads), seconds, (0.0,) * len(texts), cpu_s=_own_cpu() - cpu)
    return replace(run, notes={"latency": "not measured"})


def _own_cpu() -> float:
    return cpu_seconds([os.getpid()])
