"""A BERT forward without padding, in torch: rows lie one behind the other, as long as they are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray

from embedder.checkpoint.folder import Architecture
from embedder.runtime import Inputs

_GELU = {"gelu": "none", "gelu_tanh": "tanh"}


@dataclass(frozen=True, slots=True)
class Packed:
    """A batch of n rows with t tokens in all, int32 on a device; `longest` bounds each row.

    `ids`, `types`, `positions` and `rows` (t,): each token's id, segment, place in its row, and its
    row's number; `bounds` (n + 1,): where rows begin and end; `ends` (n, poolings) as in `Inputs`.
    """

    ids: torch.Tensor
    types: torch.Tensor
    positions: torch.Tensor
    rows: torch.Tensor
    bounds: torch.Tensor
    ends: torch.Tensor
    longest: int


@dataclass(frozen=True, slots=True)
class PackedArrays:
    """The same on the host, as numpy arrays, in the order of `Packed`."""

    ids: NDArray[np.int32]
    types: NDArray[np.int32]
    positions: NDArray[np.int32]
    rows: NDArray[np.int32]
    bounds: NDArray[np.int32]
    ends: NDArray[np.int32]

    @classmethod
    def of(cls, inputs: Inputs) -> PackedArrays:
        """Leave the padding of a batch out."""
        lengths = inputs.lengths
        real = np.arange(inputs.ids.shape[1]) < lengths[:, None]
        rows, positions = np.nonzero(real)
        bounds = np.concatenate([[0], np.cumsum(lengths)])
        arrays = (inputs.ids[real], inputs.type_ids[real], positions, rows, bounds, inputs.ends)
        return cls(*(np.ascontiguousarray(array, np.int32) for array in arrays))

    def filled(self, tokens: int, rows: int) -> PackedArrays:
        """Return the batch with one more row that fills it up to `tokens`, then empty rows.

        Requires a row and at least one token to spare.
        """
        spare, empty = tokens - len(self.ids), rows - len(self.ends) - 1
        zeros, number = np.zeros(spare, np.int32), np.full(spare, len(self.ends), np.int32)
        count = np.arange(spare, dtype=np.int32)
        ends = np.ones((empty + 1, self.ends.shape[1]), np.int32)
        return PackedArrays(
            np.concatenate([self.ids, zeros]), np.concatenate([self.types, zeros]),
            np.concatenate([self.positions, count]), np.concatenate([self.rows, number]),
            np.concatenate([self.bounds, np.full(empty + 1, tokens, np.int32)]),
            np.concatenate([self.ends, ends]),
        )  # fmt: skip

    def on(self, device: torch.device, longest: int) -> Packed:
        """Copy the arrays to a device."""
        ids, types, positions, rows, bounds, ends = (
            torch.from_numpy(array).to(device) for array in self.arrays
        )
        return Packed(ids, types, positions, rows, bounds, ends, longest)

    @property
    def arrays(self) -> tuple[NDArray[np.int32], ...]:
        """The arrays in the order of their fields."""
        return (self.ids, self.types, self.positions, self.rows, self.bounds, self.ends)


class PackedBert:
    """An encoder's weights on a device in one number format, and its forward. Thread-safe."""

    def __init__(
        self, arch: Architecture, weights: dict[str, NDArray[Any]], device: str, dtype: torch.dtype
    ) -> None:
        self.device = torch.device(device)
        self.dtype = dtype
        self._arch = arch
        self._flash = self.device.type == "cuda" and dtype != torch.float32
        # Linear ones as torch wants them, (out, in).
        self._weights = {
            name: torch.tensor(array.T if _is_linear(name) else array, dtype=dtype).to(device)
            for name, array in weights.items()
        }

    @torch.inference_mode()
    def forward(self, batch: Packed, layers: list[int]) -> torch.Tensor:
        """Return the pooled outputs of these layers, ascending: (layers, n, poolings, hidden)."""
        weights = self._weights
        x = weights["embeddings.word"][batch.ids] + weights["embeddings.type"][batch.types]
        x = self._norm(x + weights["embeddings.position"][batch.positions], "embeddings.norm")
        pooled = [_pool(x, batch)] if layers[0] == 0 else []
        for layer in range(layers[-1]):
            x = self._layer(x, batch, f"layer.{layer}.")
            if layer + 1 in layers:
                pooled.append(_pool(x, batch))
        return torch.stack(pooled)

    def _layer(self, x: torch.Tensor, batch: Packed, at: str) -> torch.Tensor:
        attended = self._linear(self._attend(self._linear(x, at + "qkv"), batch), at + "out")
        x = self._norm(attended + x, at + "out.norm")
        inner = self._activate(self._linear(x, at + "up"))
        return self._norm(self._linear(inner, at + "down") + x, at + "down.norm")

    def _attend(self, joined: torch.Tensor, batch: Packed) -> torch.Tensor:
        heads = self._arch.heads
        query, key, value = joined.view(len(joined), 3, heads, -1).unbind(1)  # (t, heads, size)
        attend = _attend_at_once if self._flash else _attend_row_by_row
        return attend(query, key, value, batch).reshape(len(joined), -1)

    def _activate(self, x: torch.Tensor) -> torch.Tensor:
        if self._arch.activation == "relu":
            return functional.relu(x)
        return functional.gelu(x, approximate=_GELU[self._arch.activation])

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return functional.linear(x, self._weights[name + ".weight"], self._weights[name + ".bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        weight, bias = self._weights[name + ".weight"], self._weights[name + ".bias"]
        return functional.layer_norm(x, weight.shape, weight, bias, self._arch.layer_norm_eps)


def _attend_at_once(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, batch: Packed
) -> torch.Tensor:
    """Attend within all rows by one kernel, in one split: rows do not depend on each other."""
    from torch.nn.attention.varlen import varlen_attn

    bounds, longest = batch.bounds, batch.longest
    mixed = varlen_attn(query, key, value, bounds, bounds, longest, longest, num_splits=1)
    if isinstance(mixed, tuple):
        raise TypeError("attention returned more than was asked for")
    return mixed


def _attend_row_by_row(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, batch: Packed
) -> torch.Tensor:
    """Attend within each row by itself: for processors and fp32, which flash attention lacks."""
    rows, bounds = [], batch.bounds.tolist()
    for start, end in itertools.pairwise(bounds):
        q, k, v = (part[start:end].transpose(0, 1)[None] for part in (query, key, value))
        rows.append(functional.scaled_dot_product_attention(q, k, v)[0].transpose(0, 1))
    return torch.cat(rows)


def _pool(x: torch.Tensor, batch: Packed) -> torch.Tensor:
    """Average in float32 over the first `ends` tokens of each row: (n, poolings, hidden)."""
    kept = batch.positions[:, None] < batch.ends[batch.rows]  # (t, poolings)
    ends = batch.ends.to(torch.float32)[:, :, None]
    parts = (x.to(torch.float32) * kept[:, n, None] for n in range(kept.shape[1]))
    offsets = batch.bounds.to(torch.int64)
    # Without checks, which would wait for the device; sums are in one order, unlike atomic adds.
    sums = [
        torch.segment_reduce(part, "sum", offsets=offsets, axis=0, unsafe=True) for part in parts
    ]
    return torch.stack(sums, dim=1) / ends


def _is_linear(name: str) -> bool:
    return name.endswith(("qkv.weight", "out.weight", "up.weight", "down.weight"))
