"""Laws of measuring a point, on a small encoder of random weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.training.behaviour.material import DATA, Material, read_material
from heads.training.data.dataset import make_dataset
from heads.training.data.provenance import row_keys
from heads.training.data.tables import Record
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError
from heads.training.pareto.measure import never_met
from tests.support.checkpoints import write_bert

WRITERS = {"learnt": ("a", "b", "c"), "judged": ("d",)}


def write_rows(folder: Path, writers: tuple[str, ...]) -> Path:
    """Take every eighth of these writers' English replies."""
    folder.mkdir()
    for writer in writers:
        source = "replies" if writer in WRITERS["learnt"] else "held_out"
        lines = (DATA / source / f"{writer}.jsonl").read_text(encoding="utf-8").splitlines()
        (folder / f"{writer}.jsonl").write_text("\n".join(lines[::8]), encoding="utf-8")
    return folder


def less_material() -> Material:
    """Take a part of the shipped material: random weights need no more."""
    whole = read_material()
    return replace(whole, cases=whole.cases[::6], mails=whole.mails[:1], replies=())


def test_the_command_writes_a_table_and_a_plot_and_measures_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every depth of every format asked for has a line; a second run reads what the first kept."""
    encoder = write_bert(tmp_path / "mini", layers=4)
    monkeypatch.setattr("heads.training.behaviour.material.read_material", less_material)
    options = {
        "--frozen": encoder, "--data": write_rows(tmp_path / "learnt", WRITERS["learnt"]),
        "--held-out": write_rows(tmp_path / "judged", WRITERS["judged"]),
        "--cache": tmp_path / "cache", "--out": tmp_path / "out",
    }  # fmt: skip
    arguments = ["pareto", "--precision", "fp32", "--depth", "3", "--depth", "4"]
    arguments += [str(part) for pair in options.items() for part in pair]
    first = CliRunner().invoke(main, arguments)
    assert first.exit_code == 0, first.output
    kept = sorted((tmp_path / "cache" / "pareto").iterdir())
    stamps = [path.stat().st_mtime_ns for path in kept]
    table = (tmp_path / "out" / "pareto.md").read_bytes()
    again = CliRunner().invoke(main, arguments)

    assert again.exit_code == 0, again.output
    assert len(kept) == 2
    assert [path.stat().st_mtime_ns for path in kept] == stamps
    assert (tmp_path / "out" / "pareto.md").read_bytes() == table
    assert b"| frozen | fp32 | 3 |" in table
    assert b"| frozen | fp32 | 4 |" in table
    assert (tmp_path / "out" / "pareto.svg").read_bytes().startswith(b"<?xml")
    point: dict[str, Any] = json.loads(kept[0].read_text())
    assert point["cost"]["alone_ms"] > 0
    assert point["behaviour"]["minimum"][1] > 0
    assert len(point["heads"]["intent"]["decided"]) == point["heads"]["intent"]["rows"]


def test_rows_that_anything_has_learnt_are_not_judged_on() -> None:
    """Those of a head and of an encoder, and rows in another language; none left is an error."""
    fields = {"intent": "other", "author": "x"}
    records = [
        Record(Path("d.jsonl"), n, {**fields, "text": text, "lang": lang})
        for n, (text, lang) in enumerate(
            (("as learnt", "en"), ("by the encoder", "en"), ("new", "en"), ("neu", "de"))
        )
    ]
    held_out = make_dataset(REPLY_TASKS["intent"], records)
    learnt = make_dataset(REPLY_TASKS["intent"], records[:1])
    tuned_on = row_keys(make_dataset(REPLY_TASKS["intent"], records[1:2]))

    assert never_met(held_out, learnt, tuned_on, "en").texts == ("new",)
    assert never_met(held_out, learnt, tuned_on, "").texts == ("new", "neu")
    with pytest.raises(DataError, match="no held-out row is left"):
        never_met(learnt, learnt, tuned_on, "en")
