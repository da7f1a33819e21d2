"""Load the embedder alone by gRPC, open loop: calls leave on time, answered or not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import grpc.aio

from loadtests.measurement.run import Run
from protos.embedder.v1 import embedder_pb2, embedder_pb2_grpc

TIMEOUT_S = 30.0


def run_open(
    name: str, target: str, texts: Sequence[str], *, views: Sequence[str], rate: float
) -> Run:
    """Embed every text once, `rate` calls a second, however many are still unanswered.

    Latency counts from when a call was due. `notes` hold the errors by status and the cache paths.
    """
    return asyncio.run(_Load(name, list(texts), list(views), rate).run(target))


class _Load:
    def __init__(self, name: str, texts: list[str], views: list[str], rate: float) -> None:
        self._name, self._texts, self._views, self._rate = name, texts, views, rate
        self._latencies: list[float] = []
        self._errors: dict[str, int] = {}
        self._paths: dict[str, int] = {}

    async def run(self, target: str) -> Run:
        """Send everything and wait for the last answer."""
        async with grpc.aio.insecure_channel(target) as channel:
            stub = embedder_pb2_grpc.EmbedderServiceStub(channel)
            await stub.Info(embedder_pb2.InfoRequest(), timeout=10)  # connects before the clock
            started = time.perf_counter()
            async with asyncio.TaskGroup() as calls:
                for number, text in enumerate(self._texts):
                    due = started + number / self._rate
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    calls.create_task(self._call(stub, text, due))
            seconds = time.perf_counter() - started
        notes = {name: str(count) for name, count in {**self._errors, **self._paths}.items()}
        failed = sum(self._errors.values())
        return Run(self._name, 0, seconds, tuple(self._latencies), failed, notes=notes)

    async def _call(
        self, stub: embedder_pb2_grpc.EmbedderServiceStub, text: str, due: float
    ) -> None:
        request = embedder_pb2.EmbedRequest(texts=[text], views=self._views)
        try:
            answer = await stub.Embed(request, timeout=TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            _count(self._errors, error.code().name)
            return
        item = answer.items[0]
        if len(item.vectors) != 4 * answer.dim * len(self._views):
            _count(self._errors, "WRONG_SIZE")
            return
        self._latencies.append(time.perf_counter() - due)
        _count(self._paths, embedder_pb2.CachePath.Name(item.cache).rpartition("_")[2].lower())


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
