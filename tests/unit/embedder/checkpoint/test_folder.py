"""The model folder: found, verified, refused, named; the graph on disk: whole or rebuilt."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from safetensors.numpy import load_file, save_file

from embedder.checkpoint import graph_cache
from embedder.checkpoint.folder import DEFAULT_WEIGHTS_SHA256, ModelError, find_base, find_model
from embedder.checkpoint.graph_cache import GraphCache
from embedder.checkpoint.shipped import shipped_adapter
from embedder.runtime import open_runtime
from embedder.views import View


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a private copy of the default model's folder, weights linked."""
    source = find_model().folder
    target = tmp_path / "copy"
    target.mkdir()
    for name in ("config.json", "tokenizer.json", "sentence_bert_config.json"):
        shutil.copy(source / name, target)
    (target / "model.safetensors").symlink_to(source / "model.safetensors")
    return target


def tiny(folder: Path, **changes: Any) -> Path:
    """Make a BERT folder of a few kilobytes; tensors changed or, for None, dropped."""
    folder.mkdir()
    shutil.copy(find_model().folder / "tokenizer.json", folder)
    size = {"vocab_size": 50, "hidden_size": 8, "num_attention_heads": 2, "intermediate_size": 16}
    config = {"model_type": "bert", "num_hidden_layers": 1, "max_position_embeddings": 16, **size}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    layer = "encoder.layer.0."
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (50, 8),
        "embeddings.position_embeddings.weight": (16, 8),
        "embeddings.token_type_embeddings.weight": (2, 8),
    }
    for name in ("query", "key", "value"):
        shapes[f"{layer}attention.self.{name}.weight"] = (8, 8)
        shapes[f"{layer}attention.self.{name}.bias"] = (8,)
    for name, out, into in (
        ("attention.output.dense", 8, 8), ("intermediate.dense", 16, 8), ("output.dense", 8, 16),
    ):  # fmt: skip
        shapes[f"{layer}{name}.weight"] = (out, into)
        shapes[f"{layer}{name}.bias"] = (out,)
    for name in ("embeddings", f"{layer}attention.output", f"{layer}output"):
        shapes[f"{name}.LayerNorm.weight"] = shapes[f"{name}.LayerNorm.bias"] = (8,)
    for name, shape in changes.items():
        shapes.pop(name)
        if shape is not None:
            shapes[name] = shape
    tensors = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    save_file(tensors, folder / "model.safetensors")
    return folder


def edit(path: Path, **changes: Any) -> None:
    """Change keys of a JSON file."""
    content = {**json.loads(path.read_text(encoding="utf-8")), **changes}
    path.write_text(json.dumps(content), encoding="utf-8")


def test_the_frozen_model_is_trusted_by_its_digest() -> None:
    """The installed base has the one known digest and is made for 256 tokens."""
    model = find_base()
    assert model.weights_sha256 == DEFAULT_WEIGHTS_SHA256
    assert (model.model_id, model.max_tokens) == ("all-MiniLM-L6-v2", 256)


def test_the_default_model_is_the_shipped_adapter_on_the_base() -> None:
    """Set-up merged it: the same shape and tokenizer, other weights, under a name of its own."""
    model, base, shipped = find_model(), find_base(), shipped_adapter()
    assert shipped is not None
    assert model.weights_sha256 == shipped.weights_sha256 != base.weights_sha256
    assert model.model_id == "all-MiniLM-L6-v2-replies"
    assert (model.architecture, model.tokenizer_sha256) == (
        base.architecture,
        base.tokenizer_sha256,
    )


def test_a_poisoned_default_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A wheel whose weights differ in a bit is refused, naming both digests; so is a merged one."""
    poisoned = tiny(tmp_path / "wheel")
    monkeypatch.setattr("embedder.checkpoint.folder._default_folder", lambda: poisoned)
    with pytest.raises(ModelError, match=DEFAULT_WEIGHTS_SHA256):
        find_base()
    shipped = shipped_adapter()
    assert shipped is not None
    monkeypatch.setattr(
        "embedder.checkpoint.folder.shipped_adapter", lambda: replace(shipped, merged=poisoned)
    )
    with pytest.raises(ModelError, match=shipped.weights_sha256):
        find_model()


def test_a_copy_of_the_default_is_the_default(folder: Path) -> None:
    """The fingerprint names a function, not a place: a copied folder has the same one."""
    ours, default = find_model(folder), find_model()
    assert ours.folder != default.folder
    assert ours.fingerprint(256, "head_tail") == default.fingerprint(256, "head_tail")


def test_the_fingerprint_covers_what_decides_the_numbers(folder: Path) -> None:
    """Maximum tokens, truncation, tokenizer and architecture each change it; padding rules not."""
    base = find_model(folder).fingerprint(256, "head_tail")
    assert base.startswith("sha256:")
    assert len(base) == len("sha256:") + 64
    assert find_model(folder).fingerprint(128, "head_tail") != base
    assert find_model(folder).fingerprint(256, "windows") != base
    edit(folder / "tokenizer.json", truncation=None, padding=None)
    assert find_model(folder).fingerprint(256, "head_tail") == base
    edit(folder / "config.json", layer_norm_eps=1e-5)
    changed = find_model(folder).fingerprint(256, "head_tail")
    assert changed != base
    edit(folder / "tokenizer.json", normalizer=None)
    assert find_model(folder).fingerprint(256, "head_tail") not in (base, changed)


def test_weights_change_the_fingerprint(tmp_path: Path) -> None:
    """One changed weight is another encoder."""
    folder = tiny(tmp_path / "tiny")
    before = find_model(folder).fingerprint(16, "head_tail")
    tensors = load_file(folder / "model.safetensors")
    tensors["embeddings.LayerNorm.bias"][0] += 1e-3
    save_file(tensors, folder / "model.safetensors")
    assert find_model(folder).fingerprint(16, "head_tail") != before


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model_type": "roberta"}, "roberta"),
        ({"position_embedding_type": "relative_key"}, "relative_key"),
        ({"hidden_act": "silu"}, "silu"),
        ({"is_decoder": True}, "decoder"),
        ({"hidden_size": 385}, "hidden_size"),
        ({"vocab_size": None}, "config.json"),
    ],
)
def test_an_unsupported_model_is_named_in_its_refusal(
    change: dict[str, Any], named: str, folder: Path
) -> None:
    """What the graph cannot express is refused at the door, saying what it was."""
    edit(folder / "config.json", **change)
    with pytest.raises(ModelError, match=named):
        find_model(folder)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_an_incomplete_folder_is_refused(name: str, folder: Path) -> None:
    """A missing file is named."""
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        find_model(folder)


def test_damaged_files_are_refused(folder: Path, tmp_path: Path) -> None:
    """Broken JSON and cut weights raise ModelError, nothing else."""
    cut = tiny(tmp_path / "cut")
    whole = (cut / "model.safetensors").read_bytes()
    (cut / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError):
        GraphCache(find_model(cut), tmp_path / "graphs").ensure()
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError):
        find_model(folder)


@pytest.mark.parametrize("shape", [None, (9, 8)])
def test_missing_and_misshapen_tensors_are_named(
    shape: tuple[int, ...] | None, tmp_path: Path
) -> None:
    """Weights that do not fit the configuration are refused, naming the tensor."""
    name = "encoder.layer.0.attention.self.key.weight"
    model = find_model(tiny(tmp_path / "tiny", **{name: shape}))
    with pytest.raises(ModelError, match=name):
        GraphCache(model, tmp_path / "graphs").ensure()
    assert not (tmp_path / "graphs").exists()


def test_a_graph_that_cannot_be_written_names_the_folder_and_its_setting(tmp_path: Path) -> None:
    """As on a read-only file system: one error of ours, not a traceback."""
    (tmp_path / "file").touch()
    cache = GraphCache(find_model(tiny(tmp_path / "tiny")), tmp_path / "file" / "graphs")
    with pytest.raises(
        ModelError, match=r"file/graphs .EMBEDDER_GRAPH_DIR.*: Not a directory"
    ) as caught:
        cache.ensure()
    assert caught.value.code == "graph_unwritable"


def test_a_damaged_graph_is_rebuilt(tmp_path: Path) -> None:
    """The cache is checked at every start: whatever was cut or changed is built anew."""
    cache = GraphCache(find_model(tiny(tmp_path / "tiny")), tmp_path / "graphs")
    cache.ensure()
    weights = cache.folder / "weights.bin"
    good, inode = weights.read_bytes(), weights.stat().st_ino
    cache.ensure()
    assert weights.stat().st_ino == inode  # intact: not touched
    weights.write_bytes(good[:-1] + b"\1")
    cache.ensure()
    assert weights.read_bytes() == good
    (cache.folder / "sha256.json").unlink()
    cache.ensure()
    assert (cache.folder / "sha256.json").is_file()
    assert len(list((tmp_path / "graphs").iterdir())) == 1


def test_number_formats_do_not_share_a_graph(tmp_path: Path) -> None:
    """fp32 and fp16 graphs of one model lie side by side."""
    model = find_model(tiny(tmp_path / "tiny"))
    assert GraphCache(model, tmp_path).folder != GraphCache(model, tmp_path, "fp16").folder


def test_another_release_does_not_read_this_ones_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph with other inputs or outputs has another version, and with it another folder."""
    model = find_model(tiny(tmp_path / "tiny"))
    current = GraphCache(model, tmp_path)
    monkeypatch.setattr(graph_cache, "_VERSION", graph_cache._VERSION - 1)
    assert GraphCache(model, tmp_path).folder != current.folder


def test_a_graph_has_the_inputs_that_runtimes_fill(tmp_path: Path) -> None:
    """Every depth's graph reads `INPUTS`, no more and no fewer, and gives one output a layer."""
    cache = GraphCache(find_model(tiny(tmp_path / "tiny")), tmp_path / "graphs")
    cache.ensure()
    for depth in range(cache.model.architecture.layers + 1):
        graph = onnx.load(cache.path(depth), load_external_data=False).graph
        assert {value.name for value in graph.input} == set(graph_cache.INPUTS)
        names = [View("mean", layer).output_name for layer in range(depth + 1)]
        assert [value.name for value in graph.output] == names


def test_auto_passes_over_what_cannot_run_here(tmp_path: Path) -> None:
    """`auto` takes the first runtime that works; one asked for by name is never replaced."""
    model = find_model(tiny(tmp_path / "tiny"))
    assert open_runtime(model, tmp_path / "g", "auto", "fp32", 1).name in ("cuda", "openvino")
    assert open_runtime(model, tmp_path / "g", "onnxruntime", "auto", 1).name == "onnxruntime"


@pytest.mark.parametrize("text", ["", "mean", "mean@", "mean@-1", "mean@01", "max@3", "mean@3 ", "mean@٣"])  # fmt: skip  # noqa: E501
def test_what_is_no_view_is_refused(text: str) -> None:
    """Only `mean@L`, `cls@L` and `text@L` with a plain decimal L are views."""
    with pytest.raises(ValueError, match="mean@LAYER"):
        View.parse(text)


def test_views_read_back_as_written() -> None:
    """Parsing and printing a view are inverse."""
    for text in ("mean@0", "cls@12", "text@3"):
        assert str(View.parse(text)) == text
