"""Encoders of the multilingual kind: XLM-R's positions, text views, tables outside the graph."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from safetensors.torch import save_file as save_torch
from transformers import XLMRobertaConfig, XLMRobertaModel

from embedder.checkpoint import vocabulary
from embedder.checkpoint.folder import ModelError, find_model
from embedder.checkpoint.graph_cache import GraphCache
from embedder.checkpoint.vocabulary import VocabularyTable
from embedder.conversion.unigram import tokenizer_json
from embedder.encoder import EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.runtime import Inputs, RuntimeName
from embedder.runtime.cuda import BoundRuntime
from embedder.views import POOLINGS, View
from tests.support.multilingual import HIDDEN, write_folder
from tests.support.multilingual import vocabulary as words

TEXTS = ("no budget?", "Bitte nicht", "zoë", "budget")
CONTEXTS = ("", "no", "budget no ? Bitte", "zoë")
VIEWS = [View(pooling, layer) for layer in range(3) for pooling in POOLINGS]
WORD = "embeddings.word_embeddings.weight"


def load(folder: Path, cache: Path, runtime: RuntimeName = "onnxruntime") -> LoadedEncoder:
    """Load a folder in fp32 with one stream."""
    config = EncoderConfig(
        model=folder, runtime=runtime, precision="fp32", streams=1, cache_dir=cache
    )
    return load_encoder(config)


def test_an_xlm_r_encoder_equals_transformers(tmp_path: Path) -> None:
    """Positions count from behind the padding's; every view of every pair is within 1e-4."""
    torch.manual_seed(3)
    config = XLMRobertaConfig(
        vocab_size=len(words().pieces), hidden_size=HIDDEN, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=42,
        type_vocab_size=1, pad_token_id=1,
    )  # fmt: skip
    reference = XLMRobertaModel(config, add_pooling_layer=False).eval()
    folder = tmp_path / "xlmr"
    folder.mkdir()
    state = {f"roberta.{name}": value for name, value in reference.state_dict().items()}
    save_torch(state, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict()), encoding="utf-8")
    described = json.dumps(tokenizer_json(words()))
    (folder / "tokenizer.json").write_text(described, encoding="utf-8")
    loaded = load(folder, tmp_path / "graphs")
    assert loaded.encoder.max_tokens == 40
    got = embed_texts(loaded, TEXTS, VIEWS, contexts=CONTEXTS)
    pairs = loaded.tokenizer.tokenize_batch(list(zip(TEXTS, CONTEXTS, strict=True)))
    for row, tokens in zip(got, pairs, strict=True):
        with torch.no_grad():
            ids = torch.tensor(tokens.windows[0][None].astype(np.int64))
            states = reference(ids, output_hidden_states=True).hidden_states
        (own,) = tokens.text_lengths
        pooled = [
            {"mean": state.mean(0), "cls": state[0], "text": state[:own].mean(0)}
            for (state,) in states
        ]
        want = torch.stack([layer[pooling] for layer in pooled for pooling in POOLINGS]).numpy()
        assert np.abs(row - want).max() < 1e-4


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_text_views_of_a_pair_with_double_separators_are_the_texts_own(
    runtime: RuntimeName, tmp_path: Path
) -> None:
    """Before the first attention the context is not seen; after it, it is, through it alone."""
    loaded = load(write_folder(tmp_path / "m"), tmp_path / "graphs", runtime)
    views = [View("text", layer) for layer in range(3)]
    pair = embed_texts(loaded, TEXTS, views, contexts=["budget ? no"] * len(TEXTS))
    alone = embed_texts(loaded, TEXTS, views)
    means = embed_texts(loaded, TEXTS, [View("mean", layer) for layer in range(3)])
    assert np.array_equal(alone, means)
    assert np.abs(pair[:, 0] - alone[:, 0]).max() < 1e-6
    assert np.abs(pair[:, 2] - alone[:, 2]).max() > 1e-3


def test_a_prefix_moves_every_vector(tmp_path: Path) -> None:
    """The trainer embeds by the same code, and needs not know that there is a prefix."""
    (tmp_path / "a").mkdir()
    plain = load(write_folder(tmp_path / "a" / "m", prompts=None), tmp_path / "graphs")
    prefixed = load(write_folder(tmp_path / "m"), tmp_path / "graphs")
    assert plain.encoder.identity.model_id == prefixed.encoder.identity.model_id
    assert plain.encoder.identity.fingerprint != prefixed.encoder.identity.fingerprint
    (one,), (two,) = (embed_texts(loaded, ["no"], VIEWS[3:]) for loaded in (plain, prefixed))
    assert np.abs(one - two).max() > 1e-3
    by_hand = embed_texts(plain, ["query: no"], VIEWS)
    assert np.abs(by_hand - embed_texts(prefixed, ["no"], VIEWS)).max() < 1e-5


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_a_table_outside_the_graph_gives_the_same_vectors(
    runtime: RuntimeName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the words are looked up changes no number of any view, and no fingerprint."""
    folder = write_folder(tmp_path / "m")
    inside = load(folder, tmp_path / "graphs", runtime)
    monkeypatch.setattr(vocabulary, "_MANY_WORDS", 10)
    outside = load(folder, tmp_path / "graphs", runtime)
    assert len(list((tmp_path / "graphs").iterdir())) == 2  # neither reads the other's graph
    assert inside.encoder.identity == outside.encoder.identity
    got, want = (embed_texts(some, TEXTS, VIEWS, contexts=CONTEXTS) for some in (outside, inside))
    assert np.abs(got - want).max() < 1e-5


def test_the_bound_fp16_path_takes_words_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The GPU's code, run on the CPU's provider: near the vectors of fp32."""
    folder = write_folder(tmp_path / "m")
    want = embed_texts(load(folder, tmp_path / "graphs"), ["no budget"], [View("mean", 2)])
    monkeypatch.setattr(vocabulary, "_MANY_WORDS", 10)
    model = find_model(folder)
    runtime = BoundRuntime(
        model, tmp_path / "graphs", "fp16", 1, provider="CPUExecutionProvider", device="cpu"
    )
    ids = load(folder, tmp_path / "graphs").tokenizer.tokenize("no budget").windows[0][None]
    lengths = np.array([ids.size], np.int32)
    inputs = Inputs(ids, lengths, np.zeros_like(ids), lengths[:, None])
    (got,) = runtime.run(2, inputs, ["layer_2"])
    assert np.abs(got[0, 0] - want[0, 0]).max() < 0.02


def rewrite(folder: Path, table: NDArray[np.generic]) -> None:
    """Give the folder's vocabulary another number format or shape."""
    tensors = {**load_file(folder / "model.safetensors"), WORD: table}
    save_file(tensors, folder / "model.safetensors")


def test_rows_come_in_float32_from_any_number_format(tmp_path: Path) -> None:
    """F32 and F16 exactly, BF16 exactly as torch reads it."""
    folder = write_folder(tmp_path / "m")
    table = load_file(folder / "model.safetensors")[WORD]
    ids = np.array([[4, 0], [9, 4]], np.int32)
    assert np.array_equal(VocabularyTable(find_model(folder)).look_up(ids), table[ids])
    rewrite(folder, table.astype(np.float16))
    halves = VocabularyTable(find_model(folder)).look_up(ids)
    assert halves.dtype == np.float32
    assert np.array_equal(halves, table.astype(np.float16)[ids].astype(np.float32))
    brain = torch.from_numpy(table).bfloat16()
    save_torch({"bert." + WORD: brain}, folder / "model.safetensors")
    looked_up = VocabularyTable(find_model(folder)).look_up(ids)
    assert np.array_equal(looked_up, brain.float().numpy()[ids])


def test_the_table_is_mapped_not_read(tmp_path: Path) -> None:
    """Rows lie in pages of the file, which nobody can write to and the system can take back."""
    folder = write_folder(tmp_path / "m")
    table = VocabularyTable(find_model(folder))
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    (mapped,) = [line for line in maps if line.endswith(str(folder / "model.safetensors"))]
    assert mapped.split()[1] in ("r--s", "r--p")
    assert table.look_up(np.zeros((1, 1), np.int32)).shape == (1, 1, HIDDEN)


def test_a_table_that_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another shape, another kind of number, a file cut off: `ModelError` at start."""
    monkeypatch.setattr(vocabulary, "_MANY_WORDS", 10)
    folder = write_folder(tmp_path / "m")
    table = load_file(folder / "model.safetensors")[WORD]
    for wrong in (table[:-1], table.astype(np.int32)):
        rewrite(folder, wrong)
        with pytest.raises(ModelError, match="the vocabulary is"):
            GraphCache(find_model(folder), tmp_path / "graphs")
    rewrite(folder, table)
    whole = (folder / "model.safetensors").read_bytes()
    table_ends = whole.index(table.tobytes()) + table.nbytes
    for kept in (4, 100, table_ends - 1):
        (folder / "model.safetensors").write_bytes(whole[:kept])
        with pytest.raises(ModelError, match=r"holds no vocabulary|cut off"):
            GraphCache(find_model(folder), tmp_path / "graphs")
