"""Keeps a tuning's state after each epoch, so that a killed run goes on from there."""

from __future__ import annotations

import io
from pathlib import Path

import torch

from heads.storage.atomic_files import replace_file
from heads.training.tuning.network import SharedEncoder


def save_progress(
    path: Path | None, network: SharedEncoder, optimiser: torch.optim.Optimizer, epochs: int
) -> None:
    """Replace the file by the state after `epochs` epochs; do nothing without a path."""
    if path is None:
        return
    state = {
        "epochs": epochs,
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    content = io.BytesIO()
    torch.save(state, content)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content.getvalue())


def load_progress(
    path: Path | None, network: SharedEncoder, optimiser: torch.optim.Optimizer
) -> int:
    """Restore what the file holds and return the epochs that are done; 0 without a file."""
    if path is None or not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["epochs"])
