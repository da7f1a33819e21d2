"""Encoders side by side: near or far, cheap or dear, from one command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from embedder.__main__ import main
from embedder.offline.comparison import cosines, paired_costs, parse_side
from tests.support.checkpoints import write_bert

TEXTS = ("yes, Thursday works", "no", "please take me off this list")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Write a file of texts."""
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    return file


def run(tmp_path: Path, *arguments: str | Path) -> Result:
    """Run a command with its graphs in `tmp_path`."""
    env = {"EMBEDDER_GRAPH_DIR": str(tmp_path), "EMBEDDER_LOG_LEVEL": "error"}
    return CliRunner().invoke(main, list(map(str, arguments)), env=env)


def test_an_encoder_is_named_with_its_number_format() -> None:
    """The format comes after the last @, if it is one: folders may have that sign, too."""
    assert parse_side("default@fp32") == (None, "fp32")
    assert parse_side("default") == (None, "auto")
    assert parse_side("a@b/c") == (Path("a@b/c"), "auto")
    assert parse_side("a@b/c@bf16") == (Path("a@b/c"), "bf16")
    for bad in ("", "@fp32"):
        with pytest.raises(ValueError, match="FOLDER@PRECISION"):
            parse_side(bad)


def test_the_cosine_is_that_of_directions() -> None:
    """Length does not count; opposite is -1, a right angle 0; an empty vector is no error."""
    first = np.array([[[1.0, 0.0], [1.0, 1.0], [2.0, 0.0], [0.0, 0.0]]])
    second = np.array([[[5.0, 0.0], [-2.0, -2.0], [0.0, 3.0], [1.0, 0.0]]])
    assert cosines(first, second) == pytest.approx(np.array([[1.0, -1.0, 0.0, 0.0]]))


def test_a_disturbed_round_moves_no_figure() -> None:
    """Two encoders, two batches of 4 and 2 texts, three rounds, one of them disturbed."""
    seconds = np.array([[[4.0, 4.0, 90.0], [2.0, 2.0, 2.0]], [[2.0, 2.0, 2.0], [1.0, 50.0, 1.0]]])
    first, second = paired_costs(seconds, [4, 2])
    assert (first.ms, first.ratio) == pytest.approx((1000, 1))
    assert (second.ms, second.ratio) == pytest.approx((500, 0.5))


def test_a_cut_encoder_is_compared_with_the_whole(tmp_path: Path, texts: Path) -> None:
    """`cut` and `compare`: common layers are equal, costs are there, views may be chosen."""
    plain = write_bert(tmp_path / "plain")
    assert run(tmp_path, "cut", plain, "--depth", "1", "--out", tmp_path / "cut").exit_code == 0
    sides = (f"{plain}@fp32", f"{tmp_path / 'cut'}@fp32")
    shown = json.loads(run(tmp_path, "compare", *sides, "--texts", texts, "--json").stdout)
    assert [(each["layers"], each["precision"]) for each in shown] == [(2, "fp32"), (1, "fp32")]
    assert list(shown[1]["cosines"]) == ["mean@0", "mean@1"]
    assert min(lowest for _, lowest in shown[1]["cosines"].values()) > 0.9999
    assert all(each[cost]["ms"] > 0 for each in shown for cost in ("alone", "batches"))
    table = run(tmp_path, "compare", *sides, "--texts", texts, "--view", "text@1").stdout
    assert f"| {sides[1]} | text@1 | 1.00000 | 1.00000 |" in table
    deeper = run(tmp_path, "compare", *sides, "--texts", texts, "--view", "mean@2")
    assert (deeper.exit_code, "layers 0..1 in common" in deeper.stderr) == (1, True)


def test_refusals_are_one_line(
    tmp_path: Path, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No model, no texts, an unknown view, no NNCF: exit code 1, and what to do."""
    plain = write_bert(tmp_path / "plain")
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    out = ("--out", tmp_path / "out")
    for arguments, message in (
        (("cut", tmp_path / "none", "--depth", "1", *out), "config.json"),
        (("compare", plain, "--texts", empty), "there are no texts"),
        (("compare", plain, "--texts", texts, "--view", "max@1"), "a view is"),
        (("quantize", plain, "--texts", texts, *out), "make setup-quantize"),
    ):
        refused = run(tmp_path, *arguments)
        assert (refused.exit_code, message in refused.stderr) == (1, True)
        assert refused.stderr.count("\n") == 1
