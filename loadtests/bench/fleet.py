"""Baseline: a Flask app with one BERT per head, as teams build it first (torch, transformers)."""

import copy
import hashlib
from pathlib import Path
from typing import Any

import torch
from flask import Flask, jsonify, request
from transformers import AutoModel, AutoTokenizer

HEADS = 3
LABELS = 6


def create_app(folder: str, heads: int = HEADS) -> Flask:
    """Make an app that answers POST /classify {"text"} with each head's scores, one forward a head.

    `folder` holds a Hugging Face BERT checkpoint; every head owns a copy of it, as a fine-tuned
    classifier per task would, and a linear layer of seeded weights: speed is what counts here.
    """
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    first = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    models = [copy.deepcopy(first) for _ in range(heads)]  # own memory, unlike a mapped file
    torch.manual_seed(0)
    layers = [torch.nn.Linear(m.config.hidden_size, LABELS) for m in models]
    app = Flask(__name__)

    @app.post("/classify")
    def classify() -> Any:
        text = request.get_json()["text"]
        with torch.inference_mode():
            inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
            scores = [
                layer(model(**inputs).last_hidden_state.mean(1)).softmax(-1)[0].tolist()
                for model, layer in zip(models, layers, strict=True)
            ]
        return jsonify({"scores": scores})

    return app


def forward_one_by_one(folder: Path, texts: list[str]) -> str:
    """Run one fp32 forward a text with transformers; return a digest, lest work be skipped."""
    torch.set_num_threads(torch.get_num_threads())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    digest = hashlib.sha256()
    with torch.inference_mode():
        for text in texts:
            inputs = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
            digest.update(model(**inputs).last_hidden_state.mean(1).numpy().tobytes())
    return digest.hexdigest()
