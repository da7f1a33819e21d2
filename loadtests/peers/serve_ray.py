"""Peer: Ray Serve with `@serve.batch` over sentence-transformers, all heads at once.

Run in the peer's own environment: `python serve_ray.py MODEL HEADS PORT ROWS`.
"""

import signal
import sys
from typing import Any

import ray
from product import Product
from ray import serve
from sentence_transformers import SentenceTransformer
from starlette.requests import Request


@serve.deployment(num_replicas=2, max_ongoing_requests=200, ray_actor_options={"num_cpus": 1})
class Classification:
    """POST / {"text"} -> {"heads"}."""

    def __init__(self, folder: str, heads: str, rows: int) -> None:
        self.model = SentenceTransformer(folder, device="cpu")
        self.product = Product(heads)
        self.classify.set_max_batch_size(rows)

    @serve.batch(max_batch_size=32, batch_wait_timeout_s=0.005)
    async def classify(self, texts: list[str]) -> list[Any]:
        """Return the scores of each text of the batch."""
        scores: list[Any] = self.product(self.model.encode(texts))
        return scores

    async def __call__(self, request: Request) -> dict[str, Any]:
        """Answer one request."""
        return {"heads": await self.classify((await request.json())["text"])}


if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False, configure_logging=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[3])})
    arguments = sys.argv[1], sys.argv[2], int(sys.argv[4])
    deployment = Classification.bind(*arguments)  # type: ignore[attr-defined]  # the decorator adds it
    serve.run(deployment, route_prefix="/")
    try:
        signal.sigwait({signal.SIGTERM, signal.SIGINT})
    finally:
        ray.shutdown()
