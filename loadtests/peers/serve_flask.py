"""Peer: the naive service, Flask and sentence-transformers, one text a forward, heads at once.

Run by gunicorn in the peer's own environment: `serve_flask:create_app('/model', '/heads.npz')`.
"""

from typing import Any


def create_app(folder: str, heads: str) -> Any:
    """Make an app that answers POST /classify {"text"} with {"heads"}."""
    import torch
    from flask import Flask, jsonify, request
    from product import Product
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    model, product = SentenceTransformer(folder, device="cpu"), Product(heads)
    app = Flask(__name__)

    @app.post("/classify")
    def classify() -> Any:
        (scores,) = product(model.encode([request.get_json()["text"]]))
        return jsonify({"heads": scores})

    return app
