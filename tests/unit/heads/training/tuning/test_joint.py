"""Laws of joint tuning: a text is read once for all its labels, at any depth, and resumably."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from embedder.checkpoint.folder import Model, find_model
from embedder.tokenizer import Tokenizer
from heads.__main__ import main
from heads.training.data.provenance import encoder_rows, row_key
from heads.training.errors import DataError
from heads.training.tuning import tune as tuning
from heads.training.tuning.examples import (
    Examples,
    join,
)
from heads.training.tuning.network import SharedEncoder
from heads.training.tuning.tasks import fold_files, reply_tasks
from heads.training.tuning.tune import TuningPlan, tune

PLAN = TuningPlan(epochs=3, batch_rows=4, dropout=0.1, layers=(1, 2), varied=0.5, foreign=0.5)


def reply(text: str, intent: str, outbound: str | None = None, **more: object) -> dict[str, object]:
    """Make a row of the corpus."""
    return {
        "text": text, "intent": intent, "has_referral": False, "has_opt_out": False,
        "author": text, "last_outbound": outbound, **more,
    }  # fmt: skip


def corpus(folder: Path, name: str = "a", times: int = 1, word: str = "") -> Path:
    """Write a file of replies: five kinds, one that needs the mail it answers."""
    rows = [
        line
        for n in range(times)
        for line in (
            reply(f"no budget {word}{n}", "objection", objection_reason="budget"),
            reply(f"bad time {word}{n}", "objection", objection_reason="timing"),
            reply(f"yes {word}{n}", "positive", "Shall we meet?", positive_kind="willing_to_meet"),
            reply(f"the price? {word}{n}", "positive", positive_kind="need_information"),
            reply(f"stop it {word}{n}", "unsubscribe", has_opt_out=True),
        )
    ]
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path


def test_a_text_carries_the_labels_of_all_its_tasks_once(tmp_path: Path) -> None:
    """Five rows of four or three tasks are five texts; finer labels stand under their parent."""
    tasks = reply_tasks([corpus(tmp_path)])
    names = [task.task.name for task in tasks]
    joined = join(tasks)
    assert len(joined) == 5
    assert names == ["intent", "objection_reason", "positive_kind", "has_referral", "has_opt_out"]
    assert joined.present.sum(1).tolist() == [4, 4, 4, 4, 3]
    assert joined.contexts == ("", "", "Shall we meet?", "", "")
    for number, task in enumerate(tasks):
        rows = np.flatnonzero(joined.present[:, number])
        assert tuple(joined.texts[i] for i in rows) == task.texts
        assert np.array_equal(joined.targets[number][rows], task.targets)


def test_rows_of_other_files_or_the_same_text_twice_stay_apart(tmp_path: Path) -> None:
    """Only the columns of one row share a forward."""
    first, second = corpus(tmp_path, "a"), corpus(tmp_path, "b")
    assert len(join(reply_tasks([first, second]))) == 10
    first.write_text(first.read_text() + "\n" + first.read_text(), encoding="utf-8")
    assert len(join(reply_tasks([first]))) == 10


def test_a_text_of_a_left_out_file_teaches_nothing(tmp_path: Path) -> None:
    """Also where another file holds it in other letters, or answering another mail."""
    kept, left_out = corpus(tmp_path, "a"), tmp_path / "b.jsonl"
    first = json.loads(kept.read_text().splitlines()[0])
    left_out.write_text(json.dumps(first | {"text": first["text"].upper(), "last_outbound": "?"}))
    assert len(join(reply_tasks([kept], [left_out]))) == len(join(reply_tasks([kept]))) - 1


def test_a_text_is_pooled_over_its_own_tokens(start: Model) -> None:
    """The mail that it answers is seen through attention alone, whoever is beside it."""
    tokens = Tokenizer(start.folder, start.max_tokens).tokenize_batch(
        [("yes please", "Shall we meet on Tuesday?"), ("no", "")]
    )
    network = SharedEncoder(start, [2], 0.0, (1, 2)).eval()
    with torch.no_grad():
        pooled = network.pooled(tokens)
        first = tokens[0]
        states = network.bert(
            input_ids=torch.from_numpy(first.windows[0][None].astype(np.int64)),
            token_type_ids=torch.from_numpy(first.type_ids[0][None].astype(np.int64)),
            output_hidden_states=True,
        ).hidden_states
    own = int((first.type_ids[0] == 0).sum())
    assert own < first.windows[0].size
    for place, layer in enumerate((1, 2)):
        expected = torch.nn.functional.normalize(states[layer][0, :own].mean(0), dim=0)
        assert torch.allclose(pooled[place, 0], expected, atol=0.03)


def test_a_layer_that_is_not_there_is_refused(start: Model) -> None:
    """Depths are counted from 1."""
    for layer in (0, 3):
        with pytest.raises(DataError, match="layers 1 to 2"):
            SharedEncoder(start, [2], 0.0, (layer,))


class _KilledError(Exception):
    pass


def _kill_after(epochs: int) -> Callable[[str], None]:
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        if len(lines) == epochs:
            raise _KilledError

    return report


def test_a_killed_run_ends_as_an_unbroken_one(start: Model, tmp_path: Path) -> None:
    """It goes on after the last whole epoch, and every weight is the same to the bit."""
    tasks, progress = reply_tasks([corpus(tmp_path, times=3)]), tmp_path / "epochs"
    whole = tune(tasks, start, PLAN)
    with pytest.raises(_KilledError):
        tune(tasks, start, PLAN, progress, _kill_after(2))
    lines: list[str] = []
    again = tune(tasks, start, PLAN, progress, lines.append)
    assert [line.partition(":")[0] for line in lines] == ["epoch 3 of 3"]
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_every_depth_learns_and_a_lone_last_layer_is_the_default(
    start: Model, tmp_path: Path
) -> None:
    """Outputs at layer 1 move it too; naming the last layer is naming none."""
    tasks = reply_tasks([corpus(tmp_path, times=2)])
    plan = replace(PLAN, layers=())
    last, named = tune(tasks, start, plan), tune(tasks, start, replace(plan, layers=(2,)))
    both = tune(tasks, start, PLAN)
    name = "encoder.layer.0.output.dense.weight"
    assert torch.equal(last[name], named[name])
    assert not torch.equal(last[name], both[name])


def test_a_text_counts_once_however_many_labels_it_has() -> None:
    """The loss is the mean over texts of the mean over each one's tasks."""

    class Even:
        def logits(self, pooled: torch.Tensor, _place: int, task: int) -> torch.Tensor:
            return torch.zeros(len(pooled), 2 if task == 0 else 1)

    targets = [torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[0.0], [1.0]])]
    present = np.array([[True, False], [True, True]])
    examples = Examples(("a", "b"), ("", ""), (), present, (True, False))
    pooled = torch.zeros(3, 2, 4)
    loss = tuning._loss(Even(), pooled, targets, examples, np.arange(2), 0.0)  # type: ignore[arg-type]
    assert float(loss) == pytest.approx(np.log(2))


def test_folds_are_whole_files_of_like_size_in_any_order(tmp_path: Path) -> None:
    """Every file is in one fold; which one depends on sizes and names alone."""
    files = [
        corpus(tmp_path, name, times) for name, times in zip("abcd", (3, 1, 2, 2), strict=True)
    ]
    folds = fold_files(files, 2)
    assert [[path.stem for path in fold] for fold in folds] == [["a", "b"], ["c", "d"]]
    assert fold_files(files[::-1], 2) == folds
    with pytest.raises(DataError, match="4 files cannot fill 5 folds"):
        fold_files(files, 5)


def test_the_command_leaves_a_fold_out_and_says_so(start: Model, tmp_path: Path) -> None:
    """rows.json names the rows that were learnt, the recipe the files on both sides."""
    (tmp_path / "cache").mkdir()
    given = ["tune", "--model", str(start.folder), "--epochs", "1", "--layers", "1,2"]
    given += ["--cache", str(tmp_path / "cache"), "--fold", "1/2", "--out", str(tmp_path / "own")]
    for name, times in (("a", 3), ("b", 1)):
        given += ["--data", str(corpus(tmp_path, name, times, name))]
    done = CliRunner().invoke(main, given)
    assert done.exit_code == 0, done.output
    assert "epoch 1 of 1: 5 rows" in done.output
    learnt = encoder_rows(tmp_path / "own")
    assert row_key("yes b0", "Shall we meet?") in learnt
    assert row_key("yes a0", "Shall we meet?") not in learnt
    recipe = json.loads((tmp_path / "own" / "tuning.json").read_text())
    assert (recipe["fold"], recipe["left_out"]) == ("1/2", ["a.jsonl"])
    assert list(recipe["files"]) == ["b.jsonl"]
    assert recipe["plan"]["layers"] == [1, 2]
    assert find_model(tmp_path / "own").model_id == "own"
    assert not list((tmp_path / "cache").iterdir())
    wrong = CliRunner().invoke(main, [*given[:-6], "--fold", "3/2", *given[-6:]])
    assert wrong.exit_code != 0
