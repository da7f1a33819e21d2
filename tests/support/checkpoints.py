"""Makes small BERT checkpoints of random weights, and one of them with an int8 graph."""

from __future__ import annotations

import importlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from embedder.checkpoint.folder import find_model
from embedder.checkpoint.graph_cache import GraphCache
from embedder.offline.folders import write_int8
from embedder.runtime.openvino import import_openvino

_VOCABULARY, _HIDDEN, _INNER, _POSITIONS = 30522, 16, 32, 64
# No activation of random weights goes beyond it.
_RANGE = 6.0


def write_bert(folder: Path, layers: int = 2, seed: int = 7) -> Path:
    """Write a BERT of 16 dimensions with the default model's tokenizer: 2 MB."""
    folder.mkdir()
    shutil.copy(find_model().folder / "tokenizer.json", folder)
    config = {
        "model_type": "bert", "num_hidden_layers": layers, "vocab_size": _VOCABULARY,
        "hidden_size": _HIDDEN, "num_attention_heads": 2, "intermediate_size": _INNER,
        "max_position_embeddings": _POSITIONS,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    rng = np.random.default_rng(seed)
    tensors = {
        name: rng.normal(float(name.endswith("LayerNorm.weight")), 0.2, shape).astype(np.float32)
        for name, shape in _shapes(layers).items()
    }
    save_file(tensors, folder / "model.safetensors")
    return folder


def write_int8_bert(start: Path, folder: Path, cache: Path) -> Path:
    """Write `start` with the inputs of every linear part rounded to 8 bits, without NNCF."""
    model = find_model(start)
    cached = GraphCache(model, cache)
    cached.ensure()
    layers = model.architecture.layers
    graph = import_openvino().Core().read_model(str(cached.path(layers)))
    for node in graph.get_ops():
        weight = node.input_value(1).get_node() if node.get_type_name() == "MatMul" else None
        if weight is not None and weight.get_friendly_name().startswith("layer."):
            limit = float(np.abs(weight.data).max())
            _round(node.input(0), _RANGE, 256)
            _round(node.input(1), limit, 255)
    write_int8(model, graph, layers, folder, {"method": "rounded by a test"})
    return folder


def _round(where: Any, limit: float, levels: int) -> None:
    operations = importlib.import_module("openvino.opset13")
    low, high = (operations.constant(np.float32(edge)) for edge in (-limit, limit))
    source = where.get_source_output()
    rounded = operations.fake_quantize(source, low, high, low, high, levels)
    where.replace_source_output(rounded.output(0))


def _shapes(layers: int) -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (_VOCABULARY, _HIDDEN),
        "embeddings.position_embeddings.weight": (_POSITIONS, _HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, _HIDDEN),
        "embeddings.LayerNorm.weight": (_HIDDEN,),
        "embeddings.LayerNorm.bias": (_HIDDEN,),
    }
    for index in range(layers):
        at = f"encoder.layer.{index}."
        for part, out, into in (
            ("attention.self.query", _HIDDEN, _HIDDEN), ("attention.self.key", _HIDDEN, _HIDDEN),
            ("attention.self.value", _HIDDEN, _HIDDEN),
            ("attention.output.dense", _HIDDEN, _HIDDEN),
            ("intermediate.dense", _INNER, _HIDDEN), ("output.dense", _HIDDEN, _INNER),
        ):  # fmt: skip
            shapes[f"{at}{part}.weight"], shapes[f"{at}{part}.bias"] = (out, into), (out,)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes[f"{at}{part}.weight"] = shapes[f"{at}{part}.bias"] = (_HIDDEN,)
    return shapes
