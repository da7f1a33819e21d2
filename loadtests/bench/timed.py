"""Teach the simulation what forwards cost, and check its policies by forwards that only sleep.

What a forward takes is then known, on a busy machine too: what is left to differ is the queue, the
batches, the cache and the single flight, which the simulation is meant to have right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from embedder.config import Settings
from embedder.cost import CostModel, measure_cost
from embedder.encoder import Batch, Encoder, EncoderConfig, load_encoder
from embedder.server.server import Loaded
from embedder.testing.encoder import FakeEncoder, FakeTokenizer
from embedder.testing.server import serve_server
from embedder.tokenizer import Tokens
from embedder.views import View
from loadtests.bench.replicas import (
    CALL_S,
    Calibration,
    Check,
    Point,
    compare,
    level,
    line_of,
    wire_of,
)
from loadtests.simulation.replica import Costs
from loadtests.stack.catalogs import production_views

COST: Final = CostModel(a=40.0, b=1.0, c=0.0)  # ms: slow, so that the machine's noise is small
WIRE_S: Final = 0.0016  # to the embedder and back on one machine (embedder/README.md)
QUIET, BUSY = 1.5, 10.0  # calls a second and replica; one forward a text would allow 9


class TimedEncoder(FakeEncoder):
    """An encoder that takes as long as its cost model says, and no processor's time."""

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """See `Encoder.forward`."""
        time.sleep(COST.cost(len(batch.ids), int(batch.lengths.max())) / 1e3)
        return super().forward(batch)


def calibrate(seconds: float, show: Callable[[str], None]) -> Calibration:
    """Return what the default encoder's forwards cost, and the policies' checks."""
    checks = check(seconds, show)
    return Calibration(least_costs(), tuple(checks))


def least_costs() -> Costs:
    """Measure forwards in this process by their processor time, the least of several runs.

    Their time by the clock would be that of a machine with nothing else to do. A lone text on all
    cores is faster than so, by up to their number: plans are on the safe side there.
    """
    loaded = load_encoder(EncoderConfig(streams=1))
    encoder = loaded.encoder
    cost = measure_cost(partial(_processor_ms, encoder), encoder.max_tokens)
    return Costs(CALL_S, WIRE_S, cost, cost, streams=1, views=len(production_views()))


def check(seconds: float, show: Callable[[str], None]) -> list[Check]:
    """Compare three levels; of the first is learnt the way there, and how long sleeps were.

    The others, one busy replica and two, are held back.
    """
    with timed(1) as targets:
        quiet = level(targets, "1 replica, quiet", QUIET, seconds, 1)
        busy = level(targets, "1 replica, busy", BUSY, seconds, 2)
    with timed(2) as targets:
        two = level(targets, "2 replicas, busy", 2 * BUSY, seconds, 3)
    took = _longer(quiet)
    forward = CostModel(COST.a * took, COST.b * took, 0.0)
    costs = Costs(CALL_S, wire_of(quiet), forward, forward, streams=1)
    checks = []
    for point, learnt in ((quiet, True), (busy, False), (two, False)):
        checks += compare(point, costs, learnt=learnt)
        show("\n".join(map(line_of, checks[-2:])))
    return checks


def _processor_ms(encoder: Encoder, texts: int, length: int) -> float:
    row = np.zeros(length, np.int32)
    tokens = Tokens((row,), (row,), (length,), length, length, False)
    batch = Batch.of([tokens] * texts, (View("mean", encoder.layers),))
    started = time.process_time()
    encoder.forward(batch)
    return (time.process_time() - started) * 1e3


def _longer(point: Point) -> float:
    """Return how much longer forwards took than they were to sleep: a busy machine wakes late."""
    misses = [call for call in point.calls if call.path == "miss"]
    asked = sum(COST.cost(1, call.tokens) for call in misses)
    return sum(call.encoded_s for call in misses) * 1e3 / asked


@contextmanager
def timed(count: int) -> Iterator[list[str]]:
    """Serve by so many embedders over timed encoders; yield their targets."""
    with ExitStack() as stack:
        settings = Settings(port=0, metrics_port=0)
        loaded = [Loaded(TimedEncoder(), FakeTokenizer(), COST) for _ in range(count)]
        servers = [
            stack.enter_context(serve_server(settings=settings, loaded=each)) for each in loaded
        ]
        yield [f"127.0.0.1:{server.port}" for server in servers]
