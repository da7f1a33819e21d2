"""The threads that run the encoder: which text is told that it has the processor to itself."""

import queue

import numpy as np
from numpy.typing import NDArray

from embedder.batching.flight import Call, Flight
from embedder.batching.workers import BatchResult, Workers
from embedder.encoder import Batch
from embedder.testing.encoder import FakeEncoder, FakeTokenizer
from tests.support.waiting import WAIT_S


class NotingEncoder(FakeEncoder):
    """Notes of each forward whether it was said to be alone."""

    def __init__(self) -> None:
        super().__init__(streams=2)
        self.alone: list[bool] = []

    def forward(self, batch: Batch) -> NDArray[np.float32]:
        """See `Encoder.forward`."""
        self.alone.append(batch.alone)
        return super().forward(batch)


def flight(text: str) -> Flight:
    """Make a flight that waits for one view, already tokenized."""
    made = Flight(text.encode(), text, "")
    made.tokens = FakeTokenizer().tokenize_batch([(text, "")])[0]
    made.length = made.tokens.length
    made.join(Call(1, 1.0), 0, ("mean@1",), None, "miss")
    return made


def test_only_a_lone_text_on_an_idle_encoder_is_alone() -> None:
    """Neither a text beside a running forward nor a batch of two has the processor to itself."""
    encoder, ended = NotingEncoder(), queue.SimpleQueue[BatchResult]()
    probe = FakeTokenizer().tokenize_batch([("probe", "")])[0]
    workers = Workers(encoder, probe, lambda: 0.0, ended.put, lambda _why: None)
    workers.start()
    try:
        encoder.gate.clear()
        for text in ("first", "beside the first"):
            workers.submit([flight(text)])
            assert encoder.entered.acquire(timeout=WAIT_S)
        encoder.gate.set()
        for _ in range(2):
            ended.get(timeout=WAIT_S)
        for batch in ([flight("two"), flight("texts")], [flight("last")]):
            workers.submit(batch)
            ended.get(timeout=WAIT_S)
        assert encoder.alone == [True, False, False, True]
    finally:
        encoder.gate.set()
        workers.stop(WAIT_S)
