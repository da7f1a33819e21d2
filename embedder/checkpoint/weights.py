"""Read the tensors of a BERT encoder from safetensors, checked and laid out for the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from embedder.checkpoint.folder import Model, ModelError
from embedder.checkpoint.vocabulary import is_outside_graph

NumberFormat = Literal["fp32", "fp16"]
Weights = dict[str, NDArray[Any]]


def read_weights(model: Model, number_format: NumberFormat) -> Weights:
    """Read the encoder's tensors, linear ones transposed to (in, out), query|key|value joined.

    The weights may carry the prefix `bert.` or `roberta.` of a checkpoint with a head; what is no
    part of the graph (pooler, heads, a vocabulary that is looked up outside) is left out. Raises
    `ModelError` for missing or misshapen tensors, and for an int8 checkpoint, which has none.
    """
    dtype = np.float32 if number_format == "fp32" else np.float16
    try:
        with safe_open(model.weights, framework="numpy") as file:
            prefix = _prefix(set(file.keys()))
            return {
                name: np.ascontiguousarray(tensor, dtype=dtype)
                for name, tensor in _tensors(file, prefix, model)
            }
    except (SafetensorError, OSError, TypeError) as error:
        raise ModelError(f"{model.weights}: {error}") from error


def _prefix(names: set[str]) -> str:
    word = "embeddings.word_embeddings.weight"
    return next((start for start in ("bert.", "roberta.") if start + word in names), "")


def _tensors(file: Any, prefix: str, model: Model) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield (our name, tensor), reading one at a time to keep memory low."""
    arch = model.architecture
    hidden, inner = arch.hidden, arch.intermediate

    def read(name: str, *shape: int) -> NDArray[Any]:
        tensor: NDArray[Any] = file.get_tensor(prefix + name)
        if tensor.shape != shape:
            raise ModelError(f"tensor {prefix + name} has shape {tensor.shape}, expected {shape}")
        return tensor

    def linear(name: str, out: int, into: int) -> tuple[NDArray[Any], NDArray[Any]]:
        return read(name + ".weight", out, into).T, read(name + ".bias", out)

    def norm(target: str, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
        yield target + ".weight", read(name + ".weight", hidden)
        yield target + ".bias", read(name + ".bias", hidden)

    yield from _embeddings(read, model)
    yield from norm("embeddings.norm", "embeddings.LayerNorm")
    for index in range(arch.layers):
        target, source = f"layer.{index}.", f"encoder.layer.{index}."
        names = [f"{source}attention.self.{part}" for part in ("query", "key", "value")]
        weights, biases = zip(*(linear(name, hidden, hidden) for name in names), strict=True)
        yield target + "qkv.weight", np.concatenate(weights, axis=1)
        yield target + "qkv.bias", np.concatenate(biases)
        for name, part, out, into in (
            ("out", "attention.output.dense", hidden, hidden),
            ("up", "intermediate.dense", inner, hidden),
            ("down", "output.dense", hidden, inner),
        ):
            weight, bias = linear(source + part, out, into)
            yield target + name + ".weight", weight
            yield target + name + ".bias", bias
        yield from norm(target + "out.norm", source + "attention.output.LayerNorm")
        yield from norm(target + "down.norm", source + "output.LayerNorm")


def _embeddings(
    read: Callable[..., NDArray[Any]], model: Model
) -> Iterator[tuple[str, NDArray[Any]]]:
    arch, first = model.architecture, model.first_position
    at, hidden = "embeddings.", arch.hidden
    if not is_outside_graph(model):
        yield at + "word", read(at + "word_embeddings.weight", arch.vocab_size, hidden)
    positions = read(at + "position_embeddings.weight", first + arch.max_positions, hidden)
    yield at + "position", positions[first:]
    yield at + "type", read(at + "token_type_embeddings.weight", arch.type_vocab_size, hidden)
