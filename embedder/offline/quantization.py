"""Make an int8 checkpoint of a BERT folder: NNCF's smooth quantisation of the shipped graph."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from embedder.checkpoint.folder import Model, ModelError
from embedder.checkpoint.graph_cache import INPUTS, GraphCache
from embedder.checkpoint.vocabulary import is_outside_graph
from embedder.offline.folders import check_depth, check_new, write_int8
from embedder.offline.texts import Pair, pairs_sha256
from embedder.runtime.openvino import import_openvino
from embedder.tokenizer import Tokenizer

PARTS: Final = ("qkv", "out", "up", "down")
"""The linear parts of a layer: attention's two, then the two of its feed-forward network."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to quantise: to which depth (None: all layers), and which parts of a layer to leave."""

    depth: int | None = None
    kept: tuple[str, ...] = ()


def quantize(model: Model, pairs: Sequence[Pair], plan: Plan, folder: Path, cache: Path) -> None:
    """Write an int8 checkpoint of `model` to `folder`, its ranges taken from `pairs`.

    Products of activations (attention, pooling) and the embeddings stay as they are. Needs the
    `quantize` extra. Raises `ModelError`, for a vocabulary that is looked up outside the graph too.
    """
    check_new(folder)
    _refuse_words_outside(model)
    if importlib.util.find_spec("nncf") is None:
        raise ModelError("nncf is not installed: `make setup-quantize`, and run it from there")
    if not pairs:
        raise ModelError("quantising needs texts to take ranges from")
    depth = check_depth(model, plan.depth)
    cached = GraphCache(model, cache)
    cached.ensure()
    openvino = import_openvino()  # before nncf, which would report itself otherwise
    graph = openvino.Core().read_model(str(cached.path(depth)))
    tokenizer = Tokenizer(model.folder, model.max_tokens)
    feeds = [_feed(tokenizer, pair) for pair in pairs]
    recipe = {
        "method": "nncf smooth quantisation",
        "kept": list(plan.kept),
        "calibration": {"texts": len(pairs), "sha256": pairs_sha256(pairs)},
        "versions": {name: version(name) for name in ("nncf", "openvino")},
    }
    write_int8(model, _quantized(graph, feeds, plan.kept), depth, folder, recipe)


def _refuse_words_outside(model: Model) -> None:
    # An int8 checkpoint has its graph in place of weights, and so no table to look words up in.
    if is_outside_graph(model):
        raise ModelError(
            f"{model.model_id} has {model.architecture.vocab_size:,} words, looked up outside its "
            "graph, which an int8 checkpoint has no place for: serve the folder as it is, in bf16 "
            f"(EMBEDDER_MODEL_DIR={model.folder}), or fewer layers of it (`embedder cut`)"
        )


def _quantized(graph: Any, feeds: list[dict[str, Any]], kept: tuple[str, ...]) -> Any:
    import nncf

    nncf.set_log_level(logging.ERROR)
    settings = nncf.AdvancedQuantizationParameters(
        # Weights in 7 bits are for processors that cannot run the checkpoint at all.
        overflow_fix=nncf.OverflowFix.DISABLE,
    )
    return nncf.quantize(
        graph,
        nncf.Dataset(feeds),
        subset_size=len(feeds),
        model_type=nncf.ModelType.TRANSFORMER,
        ignored_scope=nncf.IgnoredScope(names=_left(graph, kept)),
        advanced_parameters=settings,
    )


def _left(graph: Any, kept: tuple[str, ...]) -> list[str]:
    """Name the nodes that are not quantised."""
    endings = tuple(f".{part}.weight" for part in kept)
    names = []
    for node in graph.get_ops():
        kind = node.get_type_name()
        read = [value.get_node().get_friendly_name() for value in node.input_values()]
        linear = any(name.startswith("layer.") for name in read)
        if kind == "MatMul" and (not linear or any(name.endswith(endings) for name in read)):
            names.append(node.get_friendly_name())
        if kind == "Gather" and any(name.startswith("embeddings.") for name in read):
            names.append(node.get_friendly_name())
    return names


def _feed(tokenizer: Tokenizer, pair: Pair) -> dict[str, Any]:
    tokens = tokenizer.tokenize(*pair)
    ids, types = tokens.windows[0][None], tokens.type_ids[0][None]
    lengths = np.array([ids.size], np.int32)
    ends = np.array([[ids.size, tokens.text_lengths[0]]], np.int32)
    return dict(zip(INPUTS, (ids, lengths, types, ends), strict=True))
