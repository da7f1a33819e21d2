"""Peer: what an expert writes in a day: FastAPI, onnxruntime, a batcher, all heads at once.

Run in the peer's own environment: `python serve_fastapi.py MODEL GRAPH HEADS PORT WORKERS ROWS`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import onnxruntime
import orjson
import uvicorn
from batching import Batcher, batches
from fastapi import FastAPI, Response
from product import Product
from pydantic import BaseModel
from tokenizers import Tokenizer

MOST_TOKENS = 256  # of a text


class Request(BaseModel):
    """One text."""

    text: str


class Encoder:
    """Mean-pooled embeddings by one thread; texts of like length share a forward."""

    def __init__(self, folder: str, graph: str, rows: int) -> None:
        self._tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, ["CPUExecutionProvider"])
        self._rows = rows

    def __call__(self, texts: Sequence[str]) -> Any:
        """Return one vector a text, in order  # (texts, dim)."""
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(texts))]
        order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]))
        vectors: list[Any] = [None] * len(encoded)
        for batch in batches(order, [len(encoded[index]) for index in order], self._rows):
            computed = self._forward([encoded[index] for index in batch])
            for index, vector in zip(batch, computed, strict=True):
                vectors[index] = vector
        return np.stack(vectors)

    def _forward(self, rows: list[list[int]]) -> Any:
        longest = max(map(len, rows))
        ids = np.zeros((len(rows), longest), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(rows):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(None, feed)
        weights = mask[:, :, None].astype(np.float32)
        return (hidden * weights).sum(axis=1) / weights.sum(axis=1)


def create_app() -> FastAPI:
    """Make the application of one worker from the command's arguments, which spawning keeps."""
    folder, graph, heads, _, _, rows = sys.argv[1:]
    encoder, product = Encoder(folder, graph, int(rows)), Product(heads)
    batcher = Batcher(lambda texts: product(encoder(texts)))

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(batcher.run())
        yield
        task.cancel()

    app = FastAPI(lifespan=running)

    @app.post("/classify")
    async def classify(request: Request) -> Response:
        answer = {"heads": await batcher.submit(request.text)}
        return Response(orjson.dumps(answer), media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(
        "serve_fastapi:create_app", factory=True, host="127.0.0.1", port=int(sys.argv[4]),
        workers=int(sys.argv[5]), loop="uvloop", http="httptools", access_log=False,
        log_level="warning",
    )  # fmt: skip
