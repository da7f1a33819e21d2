"""Peer: Ray Serve with `@serve.batch` over sentence-transformers, embeddings only.

Run in the peer's own environment: `python serve_ray.py /model/folder PORT`.
"""

import signal
import sys
from typing import Any

import ray
from ray import serve
from sentence_transformers import SentenceTransformer
from starlette.requests import Request


@serve.deployment(num_replicas=2, max_ongoing_requests=200, ray_actor_options={"num_cpus": 1})
class Embedding:
    """POST / {"text"} -> {"embedding"}."""

    def __init__(self, folder: str) -> None:
        self.model = SentenceTransformer(folder, device="cpu")

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.005)
    async def embed(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text of the batch."""
        vectors: Any = self.model.encode(texts)
        return [vector.tolist() for vector in vectors]

    async def __call__(self, request: Request) -> dict[str, list[float]]:
        """Answer one request."""
        return {"embedding": await self.embed((await request.json())["text"])}


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, configure_logging=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[2])})
    deployment = Embedding.bind(sys.argv[1])  # type: ignore[attr-defined]  # the decorator adds it
    serve.run(deployment, route_prefix="/")
    try:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    finally:
        ray.shutdown()
