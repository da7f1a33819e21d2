"""Callers that come and go around one flight, step by step."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
from numpy.typing import NDArray

from embedder.batching.scheduler import Scheduler
from embedder.client import EmbedderClient
from embedder.config import Settings
from embedder.encoder import Batch
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from protos.embedder.v1 import embedder_pb2 as pb
from protos.embedder.v1 import embedder_pb2_grpc
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

VIEWS = ["mean@1"]


class SteppedEncoder(FakeEncoder):
    """Each forward waits for a step of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = threading.Semaphore(1)  # one for the probe at start

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """See `Encoder.forward`."""
        self.entered.release()
        self.steps.acquire()
        return super().forward(batch)


def missed(scheduler: Scheduler, count: int) -> Callable[[], bool]:
    """Ask whether `count` texts were no hits."""
    return lambda: scheduler.cache.misses == count


def test_who_joins_a_flight_that_was_passed_over_is_served() -> None:
    """A text dropped from a running batch because its caller left is encoded for the next one."""
    encoder = SteppedEncoder()
    settings = Settings(port=0, metrics_port=0, max_batch_size=2)
    with serve_server(encoder, settings) as server, ThreadPoolExecutor(8) as threads:
        target = f"127.0.0.1:{server.port}"
        client, scheduler = EmbedderClient(target, default_timeout_s=WAIT_S), server.scheduler
        try:
            assert encoder.entered.acquire(timeout=WAIT_S)  # the probe
            calls = [threads.submit(client.embed, ["running"], VIEWS)]
            until(lambda: len(encoder.batches) == 1 and scheduler.batches == 1)
            with grpc.insecure_channel(target) as channel:
                stub = embedder_pb2_grpc.EmbedderServiceStub(channel)
                leaver = stub.Embed.future(pb.EmbedRequest(texts=["left"], views=VIEWS))
                until(lambda: scheduler.batches == 2)
                for count, text in enumerate(["q", "r"], start=3):
                    calls.append(threads.submit(client.embed, [text], VIEWS))
                    until(missed(scheduler, count))
                until(lambda: scheduler.queue.size == 1)  # "left" and "q" share the prepared batch
                leaver.cancel()
                until(lambda: server.servicer.active == 3)
            assert encoder.entered.acquire(timeout=WAIT_S)
            encoder.steps.release()  # "running" ends; the prepared batch begins, without "left"
            assert encoder.entered.acquire(timeout=WAIT_S)
            calls.append(threads.submit(client.embed, ["left"], VIEWS))
            until(lambda: scheduler.cache.coalesced == 1)
            encoder.steps.release(10)
            assert all(call.result(WAIT_S).items[0].error is None for call in calls)
            assert calls[-1].result().items[0].cache == "coalesced"
        finally:
            encoder.steps.release(10)
            client.close()


def test_a_watchdog_that_fails_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Health is never left as it was: where its checks fail, the encoder is given up."""
    with serve_server(FakeEncoder(), Settings(port=0, metrics_port=0)) as server:

        def broken(now: float) -> float:
            raise RuntimeError("no look")

        monkeypatch.setattr(server.scheduler, "oldest_age_s", broken)
        until(server.scheduler.lost_event.is_set)
        assert server.scheduler.lost == "RuntimeError"
