"""Peer: LitServe with its dynamic batching over sentence-transformers, embeddings only.

Run in the peer's own environment: `python serve_litserve.py /model/folder PORT WORKERS`.
"""

import sys
from typing import Any

import litserve
from sentence_transformers import SentenceTransformer


class Embedding(litserve.LitAPI):
    """POST /predict {"text"} -> {"embedding"}."""

    def setup(self, device: str) -> None:
        """Load the model in the worker."""
        self.model = SentenceTransformer(sys.argv[1], device="cpu")

    def decode_request(self, request: dict[str, str]) -> str:
        """Return the request's text."""
        return request["text"]

    def predict(self, texts: list[str]) -> Any:
        """Return one vector a text of the batch."""
        return self.model.encode(texts)

    def encode_response(self, vector: Any) -> dict[str, list[float]]:
        """Return one answer as JSON values."""
        return {"embedding": vector.tolist()}


if __name__ == "__main__":
    api = Embedding(max_batch_size=32, batch_timeout=0.005)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=int(sys.argv[3]))
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False)
