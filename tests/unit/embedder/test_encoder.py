"""The encoder against transformers: every view, every runtime, real and random weights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from transformers import BertConfig, BertModel

from embedder.checkpoint.folder import ModelError, find_model
from embedder.encoder import (
    Batch,
    BertEncoder,
    EncoderConfig,
    LoadedEncoder,
    embed_texts,
    load_encoder,
)
from embedder.errors import EncoderLost, Internal, InvalidInput
from embedder.runtime.cuda import BoundRuntime
from embedder.tokenizer import Tokens
from embedder.views import POOLINGS, View

LENGTHS = (1, 2, 3, 17, 128, 512)


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the graphs of all tests of this file."""
    return tmp_path_factory.mktemp("graphs")


@pytest.fixture(scope="module")
def minilm(cache_dir: Path) -> LoadedEncoder:
    """Load the default model in fp32."""
    return load(cache_dir, "openvino", "fp32")


@pytest.fixture(scope="module")
def reference() -> BertModel:
    """Load the same model in transformers."""
    model = BertModel.from_pretrained(find_model().folder, attn_implementation="eager")
    assert isinstance(model, BertModel)
    model.eval()
    return model


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Keep torch from taking every core."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def load(cache_dir: Path, runtime: Any, precision: Any, **more: Any) -> LoadedEncoder:
    """Load an encoder of up to 512 tokens with one stream."""
    settings = {"max_tokens": 512, "streams": 1, **more}
    return load_encoder(
        EncoderConfig(runtime=runtime, precision=precision, cache_dir=cache_dir, **settings)
    )


def all_views(layers: int) -> tuple[View, ...]:
    """List every view of an encoder."""
    return tuple(View(pooling, layer) for layer in range(layers + 1) for pooling in POOLINGS)


def random_items(lengths: tuple[int, ...], vocabulary: int = 30522) -> list[Tokens]:
    """Make rows of random ids, the second half of each in the second segment."""
    rng = np.random.default_rng(7)
    items = []
    for length in lengths:
        ids = rng.integers(0, vocabulary, length).astype(np.int32)
        text_length = max(1, length // 2)
        types = (np.arange(length) >= text_length).astype(np.int32)
        items.append(Tokens((ids,), (types,), (text_length,), length, length, False))
    return items


def expected(model: BertModel, item: Tokens) -> NDArray[np.float32]:
    """Run one row alone, unpadded, through transformers: (views, dim)."""
    with torch.no_grad():
        states = model(
            input_ids=torch.tensor(item.windows[0][None].astype(np.int64)),
            token_type_ids=torch.tensor(item.type_ids[0][None].astype(np.int64)),
            output_hidden_states=True,
        ).hidden_states
    (text_length,) = item.text_lengths
    pooled = [
        {"mean": state.mean(0), "cls": state[0], "text": state[:text_length].mean(0)}
        for (state,) in states
    ]
    return torch.stack([layer[pooling] for layer in pooled for pooling in POOLINGS]).numpy()


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_every_view_of_minilm_equals_transformers(
    runtime: str, cache_dir: Path, reference: BertModel
) -> None:
    """In fp32 each view of a mixed batch of 1..512 tokens is within 1e-4 of transformers."""
    loaded = load(cache_dir, runtime, "fp32")
    items = random_items(LENGTHS)
    got = loaded.encoder.forward(Batch.of(items, all_views(6)))
    want = np.stack([expected(reference, item) for item in items])
    assert got.shape == want.shape == (6, 21, 384)
    assert got.dtype == np.float32
    assert np.abs(got - want).max() < 1e-4


def test_a_lone_text_on_several_threads_equals_transformers(
    cache_dir: Path, reference: BertModel
) -> None:
    """The road of a text that has the processor to itself keeps to the same 1e-4."""
    loaded = load(cache_dir, "openvino", "fp32", streams=2)
    for item in random_items(LENGTHS):
        got = loaded.encoder.forward(Batch.of([item], all_views(6), alone=True))
        assert np.abs(got[0] - expected(reference, item)).max() < 1e-4


def test_bf16_keeps_the_direction_of_every_vector(cache_dir: Path, minilm: LoadedEncoder) -> None:
    """bf16, where this processor has it, stays above a cosine of 0.999 to fp32 in every view."""
    loaded = load(cache_dir, "openvino", "auto")
    batch = Batch.of(random_items(LENGTHS), all_views(6))
    got, want = loaded.encoder.forward(batch), minilm.encoder.forward(batch)
    norms = np.linalg.norm(got, axis=-1) * np.linalg.norm(want, axis=-1)
    assert ((got * want).sum(-1) / norms).min() > 0.999


def test_the_bound_fp16_path_keeps_the_direction_of_every_vector(
    cache_dir: Path, minilm: LoadedEncoder
) -> None:
    """The GPU's code, run on the CPU's provider: the fp16 graph stays above a cosine of 0.999."""
    model = find_model()
    runtime = BoundRuntime(
        model, cache_dir, "fp16", 1, provider="CPUExecutionProvider", device="cpu"
    )
    bound = BertEncoder(
        model.architecture, minilm.encoder.identity, runtime, max_tokens=512, streams=1
    )
    batch = Batch.of(random_items((1, 2, 17, 128)), all_views(6))
    got, want = bound.forward(batch), minilm.encoder.forward(batch)
    norms = np.linalg.norm(got, axis=-1) * np.linalg.norm(want, axis=-1)
    assert ((got * want).sum(-1) / norms).min() > 0.999


@pytest.mark.parametrize(
    ("prefix", "layers", "width", "activation"),
    [("", 2, 768, "relu"), ("bert.", 12, 96, "gelu_new")],
)
def test_a_random_model_equals_transformers(
    prefix: str, layers: int, width: int, activation: str, tmp_path: Path, cache_dir: Path
) -> None:
    """Any BERT folder works: as wide, or as deep, as bert-base, with a head's prefix or without."""
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=2000, hidden_size=width, num_hidden_layers=layers, num_attention_heads=12,
        intermediate_size=4 * width, hidden_act=activation,
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False).eval()
    folder = bert_folder(tmp_path / "base", model, prefix)
    loaded = load(tmp_path, "openvino", "fp32", model=folder)
    assert loaded.encoder.identity.model_id == "base"
    items = random_items((3, 40), vocabulary=2000)
    got = loaded.encoder.forward(Batch.of(items, all_views(layers)))
    want = np.stack([expected(model, item) for item in items])
    assert np.abs(got - want).max() < 1e-4


def bert_folder(folder: Path, model: BertModel, prefix: str) -> Path:
    """Save a model as a checkpoint folder."""
    folder.mkdir()
    tensors = {prefix + name: value.numpy() for name, value in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(model.config.to_dict()), encoding="utf-8")
    shutil.copy(find_model().folder / "tokenizer.json", folder)
    return folder


def test_a_text_alone_equals_the_text_in_a_mixed_batch(minilm: LoadedEncoder) -> None:
    """Batching moves no number of an fp32 vector by more than 1e-5."""
    items = random_items((4, 9, 33, 61, 250))
    together = minilm.encoder.forward(Batch.of(items, all_views(6)))
    alone = [minilm.encoder.forward(Batch.of([item], all_views(6)))[0] for item in items]
    assert np.abs(together - np.stack(alone)).max() < 1e-5


def test_a_shallow_view_equals_the_same_view_of_the_deep_graph(minilm: LoadedEncoder) -> None:
    """Views may be asked for at any time: each depth, asked alone, gives the same numbers."""
    batch = random_items((5, 70))
    deep = minilm.encoder.forward(Batch.of(batch, all_views(6)))
    for place, view in enumerate(all_views(6)):
        shallow = minilm.encoder.forward(Batch.of(batch, [view]))
        assert shallow.shape == (2, 1, 384)
        assert np.abs(shallow[:, 0] - deep[:, place]).max() < 1e-5


def test_texts_come_back_in_their_order(minilm: LoadedEncoder) -> None:
    """`embed_texts` sorts by length inside, and answers in the order of the texts."""
    texts = ["no budget, sorry " * 30, "ok", "who are you?", "please call my colleague " * 9]
    views = (View("mean", 3), View("cls", 6))
    together = embed_texts(minilm, texts, views)
    alone = np.concatenate([embed_texts(minilm, [text], views) for text in texts])
    assert np.abs(together - alone).max() < 1e-5
    assert embed_texts(minilm, [], views).shape == (0, 2, 384)


def test_windows_are_averaged_by_their_tokens(minilm: LoadedEncoder) -> None:
    """An item's windows are averaged by their tokens; for a `text` view, by those of the text."""
    one, two, other = random_items((20, 6, 11))
    windows, types = one.windows + two.windows, one.type_ids + two.type_ids
    joined = Tokens(windows, types, one.text_lengths + two.text_lengths, 26, 26, False)
    views = (View("mean", 6), View("cls", 6), View("text", 6))
    got = minilm.encoder.forward(Batch.of([other, joined, other], views))
    rows = minilm.encoder.forward(Batch.of([one, two, other], views))
    first, second = np.array([[20], [20], [10]]), np.array([[6], [6], [3]])
    assert np.abs(got[1] - (rows[0] * first + rows[1] * second) / (first + second)).max() < 1e-5
    assert np.abs(got[[0, 2]] - rows[2]).max() < 1e-5


def test_numbers_out_of_range_are_refused(minilm: LoadedEncoder) -> None:
    """What a runtime would read past its tables for is refused before it gets there."""
    good = random_items((4,))[0]
    bad_id = Tokens((good.windows[0] + 40000,), good.type_ids, (2,), 4, 4, False)
    bad_type = Tokens(good.windows, (good.type_ids[0] + 2,), (2,), 4, 4, False)
    no_text = Tokens(good.windows, good.type_ids, (0,), 4, 4, False)
    more_text = Tokens(good.windows, good.type_ids, (5,), 4, 4, False)
    too_long = random_items((513,))[0]
    empty = Tokens((good.windows[0][:0],), (good.type_ids[0][:0],), (0,), 0, 0, False)
    for item in (bad_id, bad_type, no_text, more_text, too_long, empty):
        with pytest.raises(InvalidInput):
            minilm.encoder.forward(Batch.of([item], [View("mean", 1)]))
    for views in ((), (View("mean", 7),)):
        with pytest.raises(InvalidInput):
            minilm.encoder.forward(Batch.of([good], views))


class FailingRuntime:
    """A runtime that fails, or answers nonsense, for batches of at least `from_rows` rows."""

    name = precision = "failing"

    def __init__(self, from_rows: int, nonsense: bool) -> None:
        self.from_rows = from_rows
        self.nonsense = nonsense

    def run(self, depth: int, inputs: Any, outputs: Any) -> list[NDArray[np.float32]]:
        bad = len(inputs.ids) >= self.from_rows
        if bad and not self.nonsense:
            raise RuntimeError("out of memory")
        value = np.nan if bad else 1.0
        return [np.full((*inputs.ends.shape, 384), value, np.float32) for _ in outputs]


class LostAlone(FailingRuntime):
    """A runtime whose road for lone texts is lost, while the other one works."""

    def run(self, depth: int, inputs: Any, outputs: Any) -> list[NDArray[np.float32]]:
        self.from_rows = 1 if inputs.alone else 1_000
        return super().run(depth, inputs, outputs)


def test_a_road_that_is_lost_is_lost_whatever_the_other_does(minilm: LoadedEncoder) -> None:
    """Lone texts that can no longer be encoded end the encoder: the other road proves nothing."""
    architecture, identity = find_model().architecture, minilm.encoder.identity
    runtime = LostAlone(1, nonsense=False)
    encoder = BertEncoder(architecture, identity, runtime, max_tokens=512, streams=2)
    (item,) = random_items((3,))
    encoder.forward(Batch.of([item], [View("mean", 6)]))
    with pytest.raises(EncoderLost):
        encoder.forward(Batch.of([item], [View("mean", 6)], alone=True))


@pytest.mark.parametrize("nonsense", [False, True])
@pytest.mark.parametrize(("from_rows", "error"), [(2, Internal), (1, EncoderLost)])
def test_a_runtime_error_never_becomes_a_vector(
    from_rows: int, error: type[Exception], nonsense: bool, minilm: LoadedEncoder
) -> None:
    """A batch that fails raises Internal; a runtime that fails on anything is lost."""
    encoder = BertEncoder(
        find_model().architecture,
        minilm.encoder.identity,
        FailingRuntime(from_rows, nonsense),
        max_tokens=512,
        streams=1,
    )
    with pytest.raises(error):
        encoder.forward(Batch.of(random_items((3, 3)), [View("mean", 6)]))


def test_a_precision_a_runtime_lacks_is_refused(cache_dir: Path) -> None:
    """No runtime answers in another number format than asked for."""
    for runtime, precision in (("openvino", "fp16"), ("onnxruntime", "bf16")):
        with pytest.raises(ModelError):
            load(cache_dir, runtime, precision)


def test_loading_an_encoder_imports_no_torch_and_calls_nobody(cache_dir: Path) -> None:
    """What serves holds no torch, transformers or (graph built) onnx, and opens no socket."""
    program = (
        "import sys, pathlib; calls = []; "
        "sys.addaudithook(lambda e, a: calls.append(e) if e.startswith('socket.') else None); "
        "from embedder.encoder import *; "
        f"load_encoder(EncoderConfig(cache_dir=pathlib.Path({str(cache_dir)!r}), streams=1)); "
        "print(calls + [m for m in ('torch', 'transformers', 'onnx') if m in sys.modules])"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
