"""A closed-loop gRPC client on the embedder alone, and the check that every vector came back."""

import asyncio
import time
from collections.abc import Iterator, Sequence

import grpc.aio

from loadtests.measure import Run
from protos.embedder.v1 import embedder_pb2, embedder_pb2_grpc


def run_grpc(
    name: str, target: str, texts: Sequence[str], *, views: Sequence[str], concurrency: int
) -> Run:
    """Embeds every text once, one text a call, `concurrency` calls in flight on one channel."""
    return asyncio.run(_run(name, target, list(texts), list(views), concurrency))


async def _run(name: str, target: str, texts: list[str], views: list[str], concurrency: int) -> Run:
    waiting = iter(texts)
    latencies: list[float] = []
    errors = [0]
    async with grpc.aio.insecure_channel(target) as channel:
        stub = embedder_pb2_grpc.EmbedderServiceStub(channel)
        await stub.Info(embedder_pb2.InfoRequest(), timeout=10)  # connects before the clock starts
        started = time.perf_counter()
        await asyncio.gather(
            *(_caller(stub, waiting, views, latencies, errors) for _ in range(concurrency))
        )
        seconds = time.perf_counter() - started
    return Run(name, concurrency, seconds, tuple(latencies), errors[0])


async def _caller(
    stub: embedder_pb2_grpc.EmbedderServiceStub,
    waiting: Iterator[str],
    views: list[str],
    latencies: list[float],
    errors: list[int],
) -> None:
    for text in waiting:
        begun = time.perf_counter()
        try:
            answer = await stub.Embed(
                embedder_pb2.EmbedRequest(texts=[text], views=views), timeout=60
            )
        except grpc.aio.AioRpcError:
            errors[0] += 1
            continue
        if len(answer.items[0].vectors) == 4 * answer.dim * len(views):
            latencies.append(time.perf_counter() - begun)
        else:
            errors[0] += 1
