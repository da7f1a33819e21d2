"""Laws of adapters: small, exact to half a step, merged to the same bytes, refused elsewhere."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from embedder.__main__ import main as embedder
from embedder.checkpoint import folder as folders
from embedder.checkpoint import shipped
from embedder.checkpoint.adapter import (
    base_tensors,
    merge,
    merged_weights,
    read_adapter,
)
from embedder.checkpoint.folder import Model, ModelError, find_base, find_model
from heads.__main__ import main as heads
from heads.training.data.provenance import encoder_rows, pack_rows
from heads.training.errors import DataError
from heads.training.tuning.adapter import quantised, write_adapter
from heads.training.tuning.checkpoint import write_checkpoint
from heads.training.tuning.network import SharedEncoder

FROZEN = "embeddings.word_embeddings.weight"


@pytest.fixture
def tuned(start: Model, tmp_path: Path) -> Model:
    """Move every tensor but the words, as tuning does."""
    state = SharedEncoder(start, [2], 0.0).encoder_state()
    random = np.random.default_rng(0)
    for name, tensor in state.items():
        if name != FROZEN:
            tensor += tensor.new_tensor(random.normal(0, 0.01, tensor.shape))
    write_checkpoint(state, start, tmp_path / "tuned", [], {"plan": {"epochs": 3}, "fold": None})
    (tmp_path / "tuned" / "rows.json").write_bytes(pack_rows(["00ff"]))
    return find_model(tmp_path / "tuned")


def test_merged_weights_are_the_tuned_ones_to_half_a_step(start: Model, tuned: Model) -> None:
    """Vectors are exact, the words untouched, matrices within 1/254 of a row's largest change."""
    base, wanted = base_tensors(start), base_tensors(tuned)
    changes = quantised(base, wanted)
    assert not any(name.startswith(FROZEN) for name in changes)
    merged = base.keys()
    assert merged == wanted.keys()
    for name, tensor in wanted.items():
        if tensor.ndim < 2:
            assert np.array_equal(changes[name], tensor)
        elif name != FROZEN:
            delta = changes[name + ".delta"] * changes[name + ".scale"]
            bound = np.abs(tensor - base[name]).max(1, keepdims=True) / 254
            assert (np.abs(base[name] + delta - tensor) <= bound * 1.001 + 1e-7).all()


def test_the_same_bytes_come_out_whatever_the_order(start: Model, tuned: Model) -> None:
    """The digest of the merged weights is a fact of base and adapter alone."""
    base = base_tensors(start)
    changes = quantised(base, base_tensors(tuned))
    turned = dict(reversed(changes.items())), dict(reversed(base.items()))
    assert merged_weights(base, changes) == merged_weights(turned[1], turned[0])


def test_round_trip_through_the_commands(start: Model, tuned: Model, tmp_path: Path) -> None:
    """An ordinary folder with its own id, digest, rows, tokenizer; a second merge does nothing."""
    wrote = CliRunner().invoke(
        heads,
        ["adapter", str(tuned.folder), str(tmp_path / "small"), "--base", str(start.folder),
         "--name", "tiny-replies"],
    )  # fmt: skip
    assert wrote.exit_code == 0, wrote.output
    given = ["merge", str(tmp_path / "small"), str(start.folder), str(tmp_path / "tiny-replies")]
    for said in ("merged", "is there already"):
        done = CliRunner().invoke(embedder, given)
        assert done.exit_code == 0, done.output
        assert said in done.output
    merged, table = find_model(tmp_path / "tiny-replies"), tmp_path / "small" / "adapter.toml"
    described = tomllib.loads(table.read_text())
    assert merged.model_id == described["name"] == "tiny-replies"
    assert merged.weights_sha256 == described["merged_sha256"]
    assert merged.tokenizer_sha256 == start.tokenizer_sha256
    assert described["recipe"]["plan"] == {"epochs": 3}
    assert encoder_rows(merged.folder) == {"00ff"}
    assert len({start.weights_sha256, tuned.weights_sha256, merged.weights_sha256}) == 3
    assert load_file(merged.weights).keys() == load_file(tuned.weights).keys()
    with pytest.raises(DataError, match="is there already"):
        write_adapter(tuned, start, tmp_path / "small", "other")


def test_merging_refuses_what_does_not_belong_together(
    start: Model, tuned: Model, tmp_path: Path
) -> None:
    """Another base, another name, a flipped bit, another folder in the way: nothing is written."""
    write_adapter(tuned, start, tmp_path / "small", "own")
    adapter = read_adapter(tmp_path / "small")
    with pytest.raises(ModelError, match=start.weights_sha256):
        merge(adapter, tuned, tmp_path / "own")
    with pytest.raises(ModelError, match="name the folder own"):
        merge(adapter, start, tmp_path / "else")
    shutil.copytree(tuned.folder, tmp_path / "in" / "own")
    with pytest.raises(ModelError, match="remove it first"):
        merge(adapter, start, tmp_path / "in" / "own")
    tensors = tmp_path / "small" / "adapter.safetensors"
    content = bytearray(tensors.read_bytes())
    content[-1] ^= 1
    tensors.write_bytes(content)
    with pytest.raises(ModelError, match="is damaged"):
        merge(adapter, start, tmp_path / "own")
    assert not (tmp_path / "own").exists()


def test_a_wrong_sum_of_base_and_adapter_is_refused(
    start: Model, tuned: Model, tmp_path: Path
) -> None:
    """The digest of what came out is checked before it gets its name."""
    write_adapter(tuned, start, tmp_path / "small", "own")
    table = tmp_path / "small" / "adapter.toml"
    table.write_text(re.sub(r'(merged_sha256 = )"\w+"', r'\1"00"', table.read_text()))
    with pytest.raises(ModelError, match="merges to sha256"):
        merge(read_adapter(table.parent), start, tmp_path / "own")
    assert not (tmp_path / "own").exists()
    table.write_text("name = 3")
    with pytest.raises(ModelError, match="is not readable"):
        read_adapter(table.parent)


def test_the_shipped_adapter_is_the_default_once_it_is_merged(
    start: Model, tuned: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one nothing happens; before the merge the error names the command."""
    monkeypatch.setattr(shipped, "_SHIPPED", tmp_path / "small")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "env"))
    monkeypatch.setattr(folders, "_default_folder", lambda: start.folder)
    monkeypatch.setattr(folders, "DEFAULT_WEIGHTS_SHA256", start.weights_sha256)
    assert find_model().weights_sha256 == start.weights_sha256
    assert "no adapter is shipped" in CliRunner().invoke(embedder, ["merge"]).output
    write_adapter(tuned, find_base(), tmp_path / "small", "replies-1")
    with pytest.raises(ModelError, match="python -m embedder merge"):
        find_model()
    for _ in range(2):
        done = CliRunner().invoke(embedder, ["merge"])
        assert done.exit_code == 0, done.output
    assert find_model().model_id == "replies-1"
    assert find_base().weights_sha256 == start.weights_sha256
    config = find_model().folder / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "model_type": "gpt2"}))
    with pytest.raises(ModelError, match="gpt2"):
        find_model()
