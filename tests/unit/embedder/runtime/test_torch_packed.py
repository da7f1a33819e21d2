"""The forward without padding against transformers and against onnxruntime, on a processor."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from transformers import BertConfig, BertModel

from embedder.api import EncoderIdentity
from embedder.checkpoint.folder import find_model
from embedder.encoder import Batch, BertEncoder
from embedder.runtime import Inputs, Precision, Runtime
from embedder.runtime.onnxruntime import OnnxRuntime
from embedder.runtime.packed_model import PackedArrays
from embedder.runtime.torch_packed import packed_runtime
from embedder.tokenizer import Tokens
from embedder.views import POOLINGS, View

LENGTHS = (1, 2, 17, 64, 5)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep torch from taking every core."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def encoder_of(runtime: Runtime, folder: Path | None) -> BertEncoder:
    """Return an encoder over a runtime."""
    arch = find_model(folder).architecture
    identity = EncoderIdentity("test", "sha256:0", runtime.name, runtime.precision)
    return BertEncoder(arch, identity, runtime, max_tokens=arch.max_positions, streams=1)


def items_of(lengths: tuple[int, ...], vocabulary: int) -> list[Tokens]:
    """Make rows of random ids, the second half of each in the second segment."""
    rng, items = np.random.default_rng(7), []
    for length in lengths:
        ids = rng.integers(0, vocabulary, length).astype(np.int32)
        text_length = max(1, length // 2)
        types = (np.arange(length) >= text_length).astype(np.int32)
        items.append(Tokens((ids,), (types,), (text_length,), length, length, False))
    return items


def views_of(layers: int) -> tuple[View, ...]:
    """List every view of an encoder."""
    return tuple(View(pooling, layer) for layer in range(layers + 1) for pooling in POOLINGS)


def by_transformers(model: BertModel, item: Tokens) -> NDArray[np.float32]:
    """Run one row alone, unpadded: (views, dim)."""
    (ids,), (types,), (text_length,) = item.windows, item.type_ids, item.text_lengths
    with torch.no_grad():
        states = model(
            input_ids=torch.tensor(ids[None].astype(np.int64)),
            token_type_ids=torch.tensor(types[None].astype(np.int64)),
            output_hidden_states=True,
        ).hidden_states
    pooled = [
        {"mean": state.mean(0), "cls": state[0], "text": state[:text_length].mean(0)}
        for (state,) in states
    ]
    return torch.stack([layer[pooling] for layer in pooled for pooling in POOLINGS]).numpy()


@pytest.mark.parametrize(
    ("prefix", "layers", "width", "activation"),
    [("", 2, 768, "relu"), ("bert.", 12, 96, "gelu_new"), ("", 3, 48, "gelu")],
)
def test_any_bert_equals_transformers(
    prefix: str, layers: int, width: int, activation: str, tmp_path: Path
) -> None:
    """Every view of every row of a mixed batch, as wide and as deep as bert-base."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=2000, hidden_size=width, num_hidden_layers=layers, num_attention_heads=12,
        intermediate_size=4 * width, hidden_act=activation,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False).eval()
    folder = tmp_path / "bert"
    folder.mkdir()
    tensors = {prefix + name: value.numpy() for name, value in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict()), encoding="utf-8")
    shutil.copy(find_model().folder / "tokenizer.json", folder)
    runtime = packed_runtime(find_model(folder), "fp32", 1, "cpu")
    items = items_of(LENGTHS, 2000)
    got = encoder_of(runtime, folder).forward(Batch.of(items, views_of(layers)))
    want = np.stack([by_transformers(model, item) for item in items])
    assert np.abs(got - want).max() < 1e-4


@pytest.mark.parametrize(
    ("precision", "least"), [("fp32", 0.999999), ("fp16", 0.9999), ("bf16", 0.999)]
)
def test_the_default_encoder_equals_onnxruntime(
    precision: Precision, least: float, tmp_path: Path
) -> None:
    """Every view of a mixed batch has the direction of the fp32 graph's, in every precision."""
    model, items = find_model(), items_of(LENGTHS, 30522)
    batch = Batch.of(items, views_of(model.architecture.layers))
    want = encoder_of(OnnxRuntime(model, tmp_path, 1), None).forward(batch)
    got = encoder_of(packed_runtime(model, precision, 1, "cpu"), None).forward(batch)
    norms = np.linalg.norm(got, axis=-1) * np.linalg.norm(want, axis=-1)
    assert ((got * want).sum(-1) / norms).min() > least


def test_what_fills_a_captured_batch_changes_no_row() -> None:
    """A graph's sizes are reached with a row of padding and rows without tokens; others stay."""
    model = find_model()
    runtime = packed_runtime(model, "fp32", 1, "cpu")
    rng = np.random.default_rng(5)
    lengths = np.array([4, 9], np.int32)
    ids = rng.integers(0, 30522, (2, 9)).astype(np.int32)
    ends = np.stack([lengths, np.ones(2, np.int32)], axis=1)
    packed = PackedArrays.of(Inputs(ids, lengths, np.zeros_like(ids), ends))
    filled = packed.filled(32, 5)
    assert (len(filled.ids), len(filled.ends), int(filled.bounds[-1])) == (32, 5, 32)
    bert = runtime._model
    plain = bert.forward(packed.on(bert.device, 9), [3, 6]).numpy()
    wide = bert.forward(filled.on(bert.device, 32), [3, 6]).numpy()
    np.testing.assert_allclose(wide[:, :2], plain, atol=2e-6)
