"""Tuning an encoder of the multilingual kind: its prefix goes with it, and moves what is made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from embedder.checkpoint.folder import ModelError, find_model
from heads.training.tuning.checkpoint import tuning_digest, write_checkpoint
from heads.training.tuning.network import SharedEncoder
from heads.training.tuning.tune import TuningPlan
from tests.support.multilingual import write_folder


def test_a_tuned_encoder_keeps_its_starts_prefix(tmp_path: Path) -> None:
    """What was tuned with "query: " is served with it: the folder carries the prompt."""
    start = find_model(write_folder(tmp_path / "start"))
    write_checkpoint(load_file(start.weights), start, tmp_path / "tuned", [])
    tuned = find_model(tmp_path / "tuned")
    assert tuned.prefix == start.prefix == "query: "


def test_another_prefix_is_another_tuning(tmp_path: Path) -> None:
    """Two prefixes never share a cached encoder; without one the digest is the old one's."""
    (tmp_path / "plain").mkdir()
    prefixed = find_model(write_folder(tmp_path / "m"))
    plain = find_model(write_folder(tmp_path / "plain" / "m", prompts=None))
    digests = [tuning_digest([], start, TuningPlan()) for start in (prefixed, plain)]
    assert digests[0] != digests[1]


def test_the_network_reads_double_separators_as_the_embedder_does(tmp_path: Path) -> None:
    """A folder with two segments and a template with one is tuned on the first alone."""
    start = find_model(write_folder(tmp_path / "m"))
    network = SharedEncoder(start, [2], 0.0)
    assert network.bert.config.vocab_size == start.architecture.vocab_size
    state = network.encoder_state()
    for name, tensor in load_file(start.weights).items():
        assert torch.equal(state[name], tensor)


def test_positions_that_begin_behind_the_paddings_are_refused(tmp_path: Path) -> None:
    """The network would count from 0 and learn on wrong positions: better no encoder at all."""
    folder = write_folder(tmp_path / "m")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    changed = json.dumps({**config, "model_type": "xlm-roberta"})
    (folder / "config.json").write_text(changed, encoding="utf-8")
    with pytest.raises(ModelError, match="can be tuned"):
        SharedEncoder(find_model(folder), [2], 0.0)
