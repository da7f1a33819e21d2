"""Defines the network that is fine-tuned: a BERT encoder, a linear output per layer and task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from embedder.checkpoint.folder import Model, ModelError
from embedder.runtime.processor import has_bf16
from embedder.tokenizer import Tokens
from heads.training.errors import DataError

Indices = NDArray[np.int64]

# Batches of like length are cut from so many batches' rows: little padding, still well mixed.
_BUCKET_BATCHES = 24
# Cosines lie within [-1, 1]: so many times that, a softmax over them can be sure of itself.
_SCALE = 20.0
_READ_ROWS = 256


class SharedEncoder(nn.Module):
    """A BERT encoder without pooler, and for each of some layers an output per task.

    An output reads the mean over the text's own tokens (segment 0, specials included) after its
    layer, at length 1. `layers` counts from 1; none means the last alone. Raises `ModelError` for
    a folder that the embedder would not take either, DataError for a layer that it has not.
    """

    def __init__(
        self, model: Model, columns: Sequence[int], dropout: float, layers: Sequence[int] = ()
    ) -> None:
        super().__init__()
        if model.first_position:
            raise ModelError(f"{model.folder}: only encoders of the kind 'bert' can be tuned")
        config = BertConfig.from_json_file(str(model.folder / "config.json"))
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
        self.layers = tuple(layers) or (model.architecture.layers,)
        if not all(1 <= layer <= model.architecture.layers for layer in self.layers):
            raise DataError(f"{model.model_id} has layers 1 to {model.architecture.layers}")
        self.bert: Any = BertModel(config, add_pooling_layer=False)
        self.bert.load_state_dict(_encoder_state(model), strict=True)
        hidden = model.architecture.hidden
        self.outputs = nn.ModuleList(
            nn.ModuleList(nn.Linear(hidden, count) for count in columns) for _ in self.layers
        )
        self._bf16 = has_bf16()  # other processors only imitate it, many times slower than fp32
        # Few rows touch few of its entries; and texts without those words would be read askew.
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)

    def pooled(self, tokens: Sequence[Tokens], *also: int) -> Tensor:
        """Return vectors of length 1 of each text's first window  # (layers, rows, hidden).

        After `layers`, and then after the layers `also`.
        """
        ids, types, mask = _padded(tokens)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._bf16):
            read = self.bert(
                input_ids=ids, token_type_ids=types, attention_mask=mask, output_hidden_states=True
            )
        own = (mask * (types == 0)).unsqueeze(-1).float()
        layers = (*self.layers, *also)
        states = torch.stack([read.hidden_states[layer].float() for layer in layers])
        return nn.functional.normalize((states * own).sum(2) / own.sum(1), dim=-1)

    def logits(self, pooled: Tensor, place: int, task: int) -> Tensor:
        """Score vectors of the layer at `place` of `layers` for one task  # (rows, columns)."""
        return torch.as_tensor(_SCALE * self._output(place, task)(pooled))

    def read(self, tokens: Sequence[Tokens], *also: int) -> Tensor:
        """Return `pooled` of many texts, in order, without dropout or gradient."""
        self.eval()
        order = np.argsort([text.length for text in tokens], kind="stable")
        layers = len(self.layers) + len(also)
        vectors = torch.empty(layers, len(tokens), self.bert.config.hidden_size)
        with torch.no_grad():
            for rows in np.array_split(order, -(-len(tokens) // _READ_ROWS)):
                vectors[:, torch.from_numpy(rows)] = self.pooled([tokens[i] for i in rows], *also)
        return vectors

    def start_outputs(
        self, tokens: Sequence[Tokens], targets: Sequence[Tensor], present: NDArray[np.bool_]
    ) -> None:
        """Start each output at its classes' mean vectors: far ahead of a random start.

        `targets` per task (texts, columns); `present` (texts, tasks) marks the labelled ones.
        """
        pooled = self.read(tokens)
        with torch.no_grad():
            for task, wanted in enumerate(targets):
                rows = torch.from_numpy(np.flatnonzero(present[:, task]))
                for place, vectors in enumerate(pooled):
                    output = self._output(place, task)
                    means = wanted[rows].T @ vectors[rows]
                    output.weight.copy_(nn.functional.normalize(means, dim=1))
                    output.bias.zero_()

    def encoder_state(self) -> dict[str, Tensor]:
        """Return the encoder's tensors by their names in a BERT checkpoint."""
        return {name: tensor.detach().clone() for name, tensor in self.bert.state_dict().items()}

    def _output(self, place: int, task: int) -> nn.Linear:
        return cast(nn.Linear, cast(nn.ModuleList, self.outputs[place])[task])


def batch_count(rows: int, size: int) -> int:
    """Count what `batches` yields: it depends on the number of rows alone."""
    whole, rest = divmod(rows, size * _BUCKET_BATCHES)
    return whole * _BUCKET_BATCHES + -(-rest // size)


def batches(lengths: Indices, size: int, random: np.random.Generator) -> Iterator[Indices]:
    """Yield every row once, in batches of like length, in random order."""
    parts = []
    order = random.permutation(len(lengths))
    for start in range(0, len(order), size * _BUCKET_BATCHES):
        bucket = order[start : start + size * _BUCKET_BATCHES]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        parts += [bucket[i : i + size] for i in range(0, len(bucket), size)]
    yield from (parts[i] for i in random.permutation(len(parts)))


def _padded(tokens: Sequence[Tokens]) -> tuple[Tensor, Tensor, Tensor]:
    """Return token ids, segments and mask of the first windows  # each (rows, longest)."""
    shape = (len(tokens), max(text.windows[0].size for text in tokens))
    ids, types, mask = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    for index, text in enumerate(tokens):
        size = text.windows[0].size
        ids[index, :size] = torch.from_numpy(text.windows[0].astype(np.int64))
        types[index, :size] = torch.from_numpy(text.type_ids[0].astype(np.int64))
        mask[index, :size] = 1
    return ids, types, mask


def _encoder_state(model: Model) -> dict[str, Tensor]:
    state = load_file(str(model.weights))
    prefix = "bert." if "bert.embeddings.word_embeddings.weight" in state else ""
    inside = (prefix + "embeddings.", prefix + "encoder.")
    return {
        name.removeprefix(prefix): tensor.float()
        for name, tensor in state.items()
        if name.startswith(inside) and not name.endswith("position_ids")
    }
