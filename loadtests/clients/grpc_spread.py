"""Load several embedders in turn by gRPC, open loop, and keep every call with its vectors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import grpc.aio
import numpy as np

from protos.embedder.v1 import embedder_pb2, embedder_pb2_grpc

TIMEOUT_S = 30.0
_LEAST_COSINE = 0.998  # bf16 in other batches, and fp16 in between; another text's is far below


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when it was due, how long its answer took since, and the answer's cache path.

    `path` is "failed" for a call that failed, and "wrong" where the vector was not the text's.
    `waited_s` is the part of it in the queue, `encoded_s` that in the encoder.
    """

    at_s: float
    latency_s: float
    path: str
    tokens: int = 0
    waited_s: float = 0.0
    encoded_s: float = 0.0


@dataclass
class Spread:
    """Sends texts to `targets` in turn; each text's first vector is the truth for later ones."""

    targets: Sequence[str]
    views: Sequence[str]
    _truth: dict[str, np.ndarray] = field(default_factory=dict)

    def run(self, texts: Iterable[str], rate: float) -> list[Call]:
        """Embed every text, `rate` calls a second, however many are still unanswered."""
        return asyncio.run(self._run(list(texts), rate))

    async def _run(self, texts: Sequence[str], rate: float) -> list[Call]:
        channels = [grpc.aio.insecure_channel(target) for target in self.targets]
        stubs = [embedder_pb2_grpc.EmbedderServiceStub(channel) for channel in channels]
        for stub in stubs:  # connects before the clock
            await stub.Info(embedder_pb2.InfoRequest(), timeout=10)
        started = time.perf_counter()
        tasks = []
        async with asyncio.TaskGroup() as calls:
            for number, text in enumerate(texts):
                due = started + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                work = self._call(stubs[number % len(stubs)], text, due, started)
                tasks.append(calls.create_task(work))
        for channel in channels:
            await channel.close()
        return [task.result() for task in tasks]

    async def _call(
        self, stub: embedder_pb2_grpc.EmbedderServiceStub, text: str, due: float, started: float
    ) -> Call:
        request = embedder_pb2.EmbedRequest(texts=[text], views=self.views)
        try:
            answer = await stub.Embed(request, timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError:
            return Call(due - started, time.perf_counter() - due, "failed")
        latency_s = time.perf_counter() - due
        item = answer.items[0]
        vector = np.frombuffer(item.vectors, "<f4")
        path = embedder_pb2.CachePath.Name(item.cache).rpartition("_")[2].lower()
        timings = answer.timings
        return Call(
            due - started, latency_s, path if self._right(text, vector) else "wrong",
            item.tokens, timings.queue_ms / 1e3, timings.encode_ms / 1e3,
        )  # fmt: skip

    def _right(self, text: str, vector: np.ndarray) -> bool:
        truth = self._truth.setdefault(text, vector)
        if truth.shape != vector.shape or not vector.size:
            return False
        cosine = vector @ truth / (np.linalg.norm(vector) * np.linalg.norm(truth))
        return bool(cosine >= _LEAST_COSINE)
