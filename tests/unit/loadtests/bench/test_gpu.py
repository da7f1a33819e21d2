"""The GPU's measurement, run on a processor with small shapes: every part of it works."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from embedder.checkpoint.folder import Architecture
from embedder.runtime.torch_packed import TorchPacked
from embedder.views import layer_output
from loadtests.bench import gpu

SMALL = Architecture(200, 16, 2, 2, 32, 256, 2, 1e-12, "gelu")


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    """Leave torch's threads as they were."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def write_folder(folder: Path) -> None:
    """Write what the measurement reads, of a small encoder whose weights fp16 holds exactly."""
    weights: dict[str, Any] = {
        name: value.astype(np.float16) for name, value in gpu.random_weights(SMALL).items()
    }
    (folder / "architecture.json").write_text(json.dumps(asdict(SMALL)), encoding="utf-8")
    np.savez(folder / "weights.npz", **weights)
    exact = {name: value.astype(np.float32) for name, value in weights.items()}
    inputs = gpu.mixed(SMALL, 12)
    runtime = TorchPacked(SMALL, exact, "fp32", 1, "cpu")
    (vectors,) = runtime.run(SMALL.layers, inputs, [layer_output(SMALL.layers)])
    np.savez(
        folder / "reference.npz", ids=inputs.ids, lengths=inputs.lengths, vectors=vectors[:, 0]
    )
    (folder / "texts.txt").write_text("one\ntwo", encoding="utf-8")


def test_all_figures_come_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parity with the kept reference, and a row for each shape and batch."""
    monkeypatch.setattr(gpu, "tokenizer_rate", lambda _folder: 100.0)
    write_folder(tmp_path)
    figures = gpu.measure(tmp_path, "cpu", 0.0, (1, 4), wide=SMALL)
    assert all(part["least_cosine"] > 0.9999 for part in figures["parity"].values())
    assert [(row["shape"], row["texts"]) for row in figures["rows"]] == [
        ("MiniLM", 1), ("MiniLM", 4), ("BERT-base", 1), ("BERT-base", 4),
    ]  # fmt: skip
    assert all(row["texts_a_s"] > 0 and row["padded_ms"] > 0 for row in figures["rows"])


def test_work_grows_with_tokens_and_with_the_square_of_rows() -> None:
    """Twice the rows are twice the work; one row of twice the tokens is more than that."""
    one, two, long = (
        gpu.flops(SMALL, np.array(lengths, np.int32)) for lengths in ([50], [50, 50], [100])
    )
    assert two == 2 * one
    assert long > two
