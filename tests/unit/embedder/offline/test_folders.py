"""Checkpoints made of checkpoints: the first layers alone, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedder.checkpoint.folder import ModelError, find_model
from embedder.encoder import EncoderConfig, embed_texts, load_encoder
from embedder.offline.folders import check_depth, write_cut
from embedder.views import View
from tests.support.checkpoints import write_bert, write_int8_bert

TEXTS = ("yes, Thursday works", "no")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a checkpoint of three layers, and what an encoder that was tuned has beside it."""
    folder = write_bert(tmp_path_factory.mktemp("checkpoints") / "plain", layers=3)
    (folder / "rows.json").write_text('{"rows": ["00ff"]}', encoding="utf-8")
    return folder


def test_the_first_layers_are_the_same(plain: Path, tmp_path: Path) -> None:
    """A cut checkpoint gives the vectors of the whole one at the layers that it has, and no more.

    Its fingerprint is its own, and what names the rows of a tuning stays with it.
    """
    write_cut(find_model(plain), 2, tmp_path / "cut")
    loaded = [
        load_encoder(EncoderConfig(folder, precision="fp32", streams=1, cache_dir=tmp_path))
        for folder in (plain, tmp_path / "cut")
    ]
    whole, cut = (embed_texts(each, TEXTS, (View("mean", 1), View("cls", 2))) for each in loaded)
    assert np.array_equal(whole, cut)
    assert [each.encoder.layers for each in loaded] == [3, 2]
    assert len({each.encoder.identity.fingerprint for each in loaded}) == 2
    assert (tmp_path / "cut" / "rows.json").read_bytes() == (plain / "rows.json").read_bytes()
    sizes = [(folder / "model.safetensors").stat().st_size for folder in (plain, tmp_path / "cut")]
    assert sizes[1] < sizes[0]


@pytest.mark.parametrize("depth", [0, -1, 4])
def test_only_layers_that_are_there_can_be_kept(depth: int, plain: Path) -> None:
    """No layer, or more than there are, is refused with the range."""
    with pytest.raises(ModelError, match=r"1\.\.3 layers"):
        check_depth(find_model(plain), depth)


def test_an_existing_folder_is_left_alone(plain: Path, tmp_path: Path) -> None:
    """Heads may have learnt on it: nothing is written over, not even an empty folder."""
    (tmp_path / "there").mkdir()
    with pytest.raises(ModelError, match="there already"):
        write_cut(find_model(plain), 1, tmp_path / "there")
    assert list((tmp_path / "there").iterdir()) == []


def test_nothing_is_left_of_a_failure(plain: Path, tmp_path: Path) -> None:
    """Damaged weights leave neither a folder nor a draft of one."""
    broken = write_bert(tmp_path / "broken")
    model = find_model(broken)
    model.weights.write_bytes(b"cut short")
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        write_cut(model, 1, tmp_path / "out" / "cut")
    assert list((tmp_path / "out").iterdir()) == []


def test_an_int8_graph_is_not_cut(plain: Path, tmp_path: Path) -> None:
    """What it was made of is cut, and quantised then."""
    int8 = write_int8_bert(plain, tmp_path / "int8", tmp_path)
    with pytest.raises(ModelError, match="int8 checkpoint"):
        write_cut(find_model(int8), 1, tmp_path / "cut")
