"""Laws of the public sets: which rows a draw of shots holds, and how several labels are scored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from heads.training.benchmark.settings import SETTINGS, Setting, training_records
from heads.training.benchmark.several_labels import _micro_f1


def test_draws_of_shots_are_the_files_rows_in_turn(tmp_path: Path) -> None:
    """Two draws share no row, and each holds so many of every label."""
    rows = [{"text": f"{label} {n}", "label": label} for n in range(5) for label in ("a", "b")]
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    setting = Setting("any", "2-shot", ("train.jsonl",), "test.jsonl", shots=2, draws=2)
    first, second = (
        [record.fields["text"] for record in training_records(tmp_path, setting, draw)]
        for draw in range(2)
    )
    assert first == ["a 0", "b 0", "a 1", "b 1"]
    assert second == ["a 2", "b 2", "a 3", "b 3"]


def test_sets_of_the_tuned_encoder_are_those_with_a_standard_split() -> None:
    """SNIPS and our own draws of CLINC150 teach no encoder: they show what tuning did to it."""
    apart = {(s.dataset, s.size) for s in SETTINGS if not s.tuned_on}
    assert apart == {("clinc150", "10-shot"), ("snips", "10-shot")}


def test_several_labels_are_scored_by_micro_f1() -> None:
    """Labels that vectors tell apart score 1; one that they do not tell, and never yes, less."""
    vectors = np.eye(4, dtype=np.float32)[np.arange(40) % 4]
    labels = np.stack([np.arange(40) % 4 == 0, np.arange(40) % 4 == 1], axis=1)
    learnt = np.arange(40) < 20
    assert _micro_f1(vectors, labels, learnt) == 1.0
    hidden = labels.copy()
    hidden[:20, 1] = False
    assert _micro_f1(vectors, hidden, learnt) == 2 * 5 / (5 + 10)
