"""Peer: the naive service, Flask and sentence-transformers, one text a forward, embeddings only.

Run by gunicorn in the peer's own environment: `serve_flask:create_app('/model/folder')`.
"""

from typing import Any


def create_app(folder: str) -> Any:
    """Make an app that answers POST /embed {"text"} with {"embedding"}."""
    import torch
    from flask import Flask, jsonify, request
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model = SentenceTransformer(folder, device="cpu")
    app = Flask(__name__)

    @app.post("/embed")
    def embed() -> Any:
        return jsonify({"embedding": model.encode(request.get_json()["text"]).tolist()})

    return app
