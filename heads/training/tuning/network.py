"""Defines the network that is fine-tuned: a BERT encoder and one linear output per task."""

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

Indices = NDArray[np.int64]
Ids = Sequence[NDArray[np.int32]]

# Batches of like length are cut from so many batches' rows: little padding, still well mixed.
_BUCKET_BATCHES = 24
# Cosines lie within [-1, 1]: so many times that, a softmax over them can be sure of itself.
_SCALE = 20.0
_READ_ROWS = 256


class SharedEncoder(nn.Module):
    """A BERT encoder without pooler, its mean of the last layer (length 1), an output per task.

    Raises `ModelError` for a folder that the embedder would not take either.
    """

    def __init__(self, model: Model, columns: Sequence[int], dropout: float) -> None:
        super().__init__()
        if model.first_position:
            raise ModelError(f"{model.folder}: only encoders of the kind 'bert' can be tuned")
        config = BertConfig.from_json_file(str(model.folder / "config.json"))
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
        self.bert: Any = BertModel(config, add_pooling_layer=False)
        self.bert.load_state_dict(_encoder_state(model), strict=True)
        hidden = model.architecture.hidden
        self.outputs = nn.ModuleList(nn.Linear(hidden, count) for count in columns)
        # Few rows touch few of its entries; and texts without those words would be read askew.
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)

    def pooled(self, ids: Ids, types: Ids) -> Tensor:
        """Return vectors of length 1, as heads read `mean@last`  # (rows, hidden).

        `types` are the segments of the tokens, 1 for those of a row's context.
        """
        padded, mask = _padded(ids)
        segments, _ = _padded(types)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.bert(
                input_ids=padded, attention_mask=mask, token_type_ids=segments
            ).last_hidden_state
        real = mask.unsqueeze(-1).float()
        mean = (states.float() * real).sum(1) / real.sum(1)
        return nn.functional.normalize(mean, dim=1)

    def logits(self, pooled: Tensor, task: int) -> Tensor:
        """Score vectors for one task  # (rows, columns of the task)."""
        return torch.as_tensor(_SCALE * self.outputs[task](pooled))

    def read(self, ids: Ids, types: Ids) -> Tensor:
        """Return `pooled` of many rows, in order, without dropout or gradient."""
        self.eval()
        order = np.argsort([row.size for row in ids], kind="stable")
        vectors = torch.empty(len(ids), self.bert.config.hidden_size)
        with torch.no_grad():
            for rows in np.array_split(order, -(-len(ids) // _READ_ROWS)):
                some = self.pooled([ids[i] for i in rows], [types[i] for i in rows])
                vectors[torch.from_numpy(rows)] = some
        return vectors

    def start_outputs(
        self, ids: Ids, types: Ids, owners: Indices, targets: Sequence[Tensor]
    ) -> None:
        """Start each task's output at its classes' mean vectors: far ahead of a random start."""
        pooled = self.read(ids, types)
        with torch.no_grad():
            for task, wanted in enumerate(targets):
                of_task = pooled[torch.from_numpy(np.flatnonzero(owners == task))]
                output = cast(nn.Linear, self.outputs[task])
                output.weight.copy_(nn.functional.normalize(wanted.T @ of_task, dim=1))
                output.bias.zero_()

    def encoder_state(self) -> dict[str, Tensor]:
        """Return the encoder's tensors by their names in a BERT checkpoint."""
        return {name: tensor.detach().clone() for name, tensor in self.bert.state_dict().items()}


def batches(lengths: Indices, size: int, random: np.random.Generator) -> Iterator[Indices]:
    """Yield every row once, in batches of like length, in random order."""
    parts = []
    order = random.permutation(len(lengths))
    for start in range(0, len(order), size * _BUCKET_BATCHES):
        bucket = order[start : start + size * _BUCKET_BATCHES]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        parts += [bucket[i : i + size] for i in range(0, len(bucket), size)]
    yield from (parts[i] for i in random.permutation(len(parts)))


def _padded(ids: Ids) -> tuple[Tensor, Tensor]:
    shape = (len(ids), max(tokens.size for tokens in ids))
    padded, mask = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    for index, tokens in enumerate(ids):
        padded[index, : tokens.size] = torch.from_numpy(tokens.astype(np.int64))
        mask[index, : tokens.size] = 1
    return padded, mask


def _encoder_state(model: Model) -> dict[str, Tensor]:
    state = load_file(str(model.weights))
    prefix = "bert." if "bert.embeddings.word_embeddings.weight" in state else ""
    inside = (prefix + "embeddings.", prefix + "encoder.")
    return {
        name.removeprefix(prefix): tensor.float()
        for name, tensor in state.items()
        if name.startswith(inside) and not name.endswith("position_ids")
    }
