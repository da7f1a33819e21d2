"""A random BERT of two layers to tune, and torch kept to one thread."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertModel

from embedder.checkpoint.folder import Model, find_model


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: more only wait for each other over matrices this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def start(tmp_path: Path) -> Model:
    """Write a random BERT of two layers beside the default tokenizer."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    default = find_model().folder
    for name in ("tokenizer.json", "sentence_bert_config.json"):
        shutil.copy(default / name, folder)
    config = BertConfig(
        vocab_size=json.loads((default / "config.json").read_text())["vocab_size"],
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=256, initializer_range=0.2,
    )  # fmt: skip
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(11)
        BertModel(config).save_pretrained(folder)
    return find_model(folder)
