"""Peer: LitServe with its dynamic batching over sentence-transformers, all heads at once.

Run in the peer's own environment: `python serve_litserve.py MODEL HEADS PORT WORKERS ROWS`.
"""

import sys
from typing import Any

import litserve
from product import Product
from sentence_transformers import SentenceTransformer


class Classification(litserve.LitAPI):
    """POST /predict {"text"} -> {"heads"}."""

    def setup(self, device: str) -> None:
        """Load the model in the worker."""
        self.model = SentenceTransformer(sys.argv[1], device="cpu")
        self.product = Product(sys.argv[2])

    def decode_request(self, request: dict[str, str]) -> str:
        """Return the request's text."""
        return request["text"]

    def predict(self, texts: list[str]) -> Any:
        """Return the scores of each text of the batch."""
        return self.product(self.model.encode(texts))

    def encode_response(self, scores: Any) -> dict[str, Any]:
        """Return one answer as JSON values."""
        return {"heads": scores}


if __name__ == "__main__":
    api = Classification(max_batch_size=int(sys.argv[5]), batch_timeout=0.005)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=int(sys.argv[4]))
    server.run(host="127.0.0.1", port=int(sys.argv[3]), generate_client_file=False)
