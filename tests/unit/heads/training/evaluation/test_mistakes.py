"""Laws of the listed mistakes: held out, grouped by likeness, described by what they share."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.training.commands.train import CATALOG, CORPUS
from heads.training.data.dataset import make_dataset
from heads.training.data.tables import Record
from heads.training.data.taxonomy import Task
from heads.training.evaluation.mistakes import cluster, mistakes
from heads.training.evaluation.out_of_fold import Judged, judge
from heads.training.fitting.embeddings import EmbeddingStore
from tests.support.vectors import TextVectors

TASK = Task("film", "softmax", ("good", "bad"), "film", "Which it is.")


def judged() -> Judged:
    """Judge 40 rows: those about trains are good and taken for bad, those about taxes bad."""
    texts = ["the train to town is late", "the taxes are due in town"]
    rows = [
        {"text": f"{texts[n % 2]} {'now ' * (n // 2)}", "film": TASK.labels[n % 2], "lang": "en"}
        for n in range(40)
    ]
    data = make_dataset(TASK, [Record(Path("r.jsonl"), n, row) for n, row in enumerate(rows)])
    wrong = np.arange(40) < 24
    best = np.where(wrong, 1 - data.truth, data.truth)
    sure = 0.55 + np.arange(40) / 100
    scores = np.where(np.arange(2) == best[:, None], sure[:, None], 1 - sure[:, None])
    return judge(data, scores, {"good": 0.7, "bad": 0.7})


def test_mistakes_come_surest_first() -> None:
    """They are the rows whose likeliest label is not the true one."""
    some = judged()
    assert mistakes(some).tolist() == list(range(23, -1, -1))
    assert not some.correct[mistakes(some)].any()


def test_a_group_says_what_it_shares() -> None:
    """Alike texts are in one group, each mistake in exactly one, with labels, words, languages."""
    some = judged()
    wrong = mistakes(some)
    random = np.random.default_rng(0)
    near = np.eye(2, 8)[some.data.truth[wrong]] + random.normal(0, 0.01, (len(wrong), 8))
    vectors = near.astype(np.float32)
    groups = cluster(some, wrong, vectors)
    assert sorted(np.concatenate([group.rows for group in groups]).tolist()) == list(range(24))
    assert [len(group.rows) for group in groups] == sorted(
        (len(group.rows) for group in groups), reverse=True
    )
    for group in groups:
        ((pair, count),) = group.pairs
        assert count == len(group.rows)
        assert ("train" in group.words) == (pair == ("good", "bad"))
        assert ("taxes" in group.words) == (pair == ("bad", "good"))
        assert group.languages == (("en", count),)
    assert groups[0].rows.tolist() == cluster(some, wrong, vectors)[0].rows.tolist()


def test_texts_without_a_common_word_have_none_of_their_own() -> None:
    """Nothing is characteristic then, and nothing fails."""
    some = judged()
    data = replace(some.data, texts=tuple(f"{n}" for n in range(40)))
    groups = cluster(replace(some, data=data), mistakes(some), np.ones((24, 3), dtype=np.float32))
    assert all(group.words == () for group in groups)


def test_the_command_lists_held_out_mistakes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of two files are judged by members that have not seen the file; --limit holds."""
    files = []
    for writer in "ef":
        lines = (CORPUS / f"{writer}.jsonl").read_text().splitlines()[:80]
        rows = [row for row in map(json.loads, lines) if row["intent"] in ("positive", "objection")]
        files += ["--data", str(tmp_path / f"{writer}.jsonl")]
        Path(files[-1]).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    store = cast("EmbeddingStore", TextVectors("none"))
    monkeypatch.setattr("heads.training.commands.errors.open_store", lambda *_: store)
    arguments = ["errors", "intent", *files, "--catalog", str(CATALOG), "--limit", "1"]
    answer = CliRunner().invoke(main, arguments)
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert "have not seen their writer's file" in lines[0]
    groups = [line for line in lines if " mistakes, " in line]
    wrong = int(lines[0].split(": ")[1].split(" of ")[0])
    assert sum(int(line.split(". ")[1].split()[0]) for line in groups) == wrong
    assert sum(", is " in line for line in lines) == len(groups)
    assert sum("true -> predicted" in line for line in lines) == len(groups)
