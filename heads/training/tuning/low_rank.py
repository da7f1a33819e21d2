"""Adds small matrices beside a network's attention, which learn in place of its weights (LoRA)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from heads.training.tuning.network import SharedEncoder

RANK, SCALE = 8, 2.0
_PARTS = ("query", "value")


class LowRank(nn.Module):
    """A change of a weight, `scale * up @ down`, which is nothing at first (Hu et al. 2021)."""

    def __init__(self, out: int, into: int) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(RANK, into) / into**0.5)
        self.up = nn.Parameter(torch.zeros(out, RANK))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight, changed  # (out, into)."""
        return weight + SCALE * (self.up @ self.down)


def add_low_rank(network: SharedEncoder) -> None:
    """Hold the encoder as it is, and let such changes of its queries and values learn alone.

    The tasks' outputs learn as before.
    """
    network.bert.requires_grad_(False)
    for name, part in list(network.bert.named_modules()):
        if isinstance(part, nn.Linear) and name.rpartition(".")[2] in _PARTS:
            change = LowRank(part.out_features, part.in_features)
            parametrize.register_parametrization(part, "weight", change)
