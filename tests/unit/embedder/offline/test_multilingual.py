"""Checkpoints made of encoders of many languages: cut or quantised, or refused with a way out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedder.checkpoint import vocabulary
from embedder.checkpoint.folder import ModelError, find_model
from embedder.encoder import EncoderConfig, embed_texts, load_encoder
from embedder.offline.folders import write_cut
from embedder.offline.quantization import Plan, quantize
from embedder.views import View
from tests.support.checkpoints import write_int8_bert
from tests.support.multilingual import write_folder

TEXTS = ("no budget?", "Bitte nicht")
VIEWS = (View("text", 1), View("text", 2))


def embed(folder: Path, cache: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Embed the texts with a context, as the runtime of int8 checkpoints does."""
    loaded = load_encoder(EncoderConfig(folder, runtime="openvino", streams=1, cache_dir=cache))
    return embed_texts(loaded, TEXTS, VIEWS, contexts=["budget ? no"] * len(TEXTS))


def test_an_int8_checkpoint_frames_texts_as_its_start_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prefix and double separators go along: its vectors are near those of the weights."""
    monkeypatch.setattr("embedder.runtime.processor._cpuinfo", lambda: "flags : avx512_vnni")
    start = write_folder(tmp_path / "start")
    int8 = write_int8_bert(start, tmp_path / "int8", tmp_path / "graphs")
    assert find_model(int8).prefix == find_model(start).prefix == "query: "
    want, got = (embed(folder, tmp_path / "graphs") for folder in (start, int8))
    cosine = (want * got).sum(-1) / np.linalg.norm(want, axis=-1) / np.linalg.norm(got, axis=-1)
    assert cosine.min() > 0.98


def test_a_cut_keeps_prefix_and_outside_vocabulary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first layer alone gives its vectors to the last bit, words looked up in its own file."""
    monkeypatch.setattr(vocabulary, "_MANY_WORDS", 10)
    start = write_folder(tmp_path / "start")
    write_cut(find_model(start), 1, tmp_path / "cut")
    views = VIEWS[:1]
    whole, cut = (
        embed_texts(
            load_encoder(EncoderConfig(folder, precision="fp32", streams=1, cache_dir=tmp_path)),
            TEXTS,
            views,
        )
        for folder in (start, tmp_path / "cut")
    )
    assert np.array_equal(whole, cut)


def test_a_vocabulary_outside_the_graph_is_not_quantised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused before any work, NNCF or not, with what to do in its place; nothing is written."""
    monkeypatch.setattr(vocabulary, "_MANY_WORDS", 10)
    model = find_model(write_folder(tmp_path / "start"))
    with pytest.raises(ModelError, match=r"serve the folder as it is.*embedder cut"):
        quantize(model, [("no", "")], Plan(), tmp_path / "int8", tmp_path / "graphs")
    assert [path.name for path in tmp_path.iterdir()] == ["start"]
