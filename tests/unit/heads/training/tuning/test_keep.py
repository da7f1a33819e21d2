"""Laws of tuning that keeps an encoder general: the last layer stays, labels are learnt below."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from click.testing import CliRunner

from embedder.checkpoint.folder import Model, find_model
from embedder.tokenizer import Tokenizer
from heads.__main__ import main
from heads.training.data.provenance import encoder_rows
from heads.training.tuning import tune as tuning
from heads.training.tuning.checkpoint import tuning_digest, write_checkpoint
from heads.training.tuning.examples import join, with_texts
from heads.training.tuning.network import SharedEncoder
from heads.training.tuning.tune import TuningPlan, tune
from tests.unit.heads.training.tuning.test_joint import corpus
from tests.unit.heads.training.tuning.test_tune import rows

GENERAL = [f"please send the {word} to us {n} times" for word in ("red", "old") for n in "abc"]
PLAN = TuningPlan(epochs=6, batch_rows=8, learning_rate=5e-3, dropout=0.0, layers=(1,))


def last_layer(model: Model, texts: list[str]) -> torch.Tensor:
    """Return the mean states after both layers, at length 1  # (rows, hidden)."""
    tokens = Tokenizer(model.folder, model.max_tokens).tokenize_batch([(t, "") for t in texts])
    return SharedEncoder(model, [], 0.0).read(tokens)[0]


def moved(start: Model, folder: Path, keep: float) -> float:
    """Tune with this weight; return how far texts that it never read moved in the last layer."""
    plan = TuningPlan(**{**vars(PLAN), "keep": keep}) if keep else PLAN
    state = tune([rows()], start, plan, general=GENERAL if keep else ())
    write_checkpoint(state, start, folder, [])
    unseen = ["the blue one is for us", "send it old times"]
    cosines = (last_layer(find_model(folder), unseen) * last_layer(start, unseen)).sum(1)
    return float(1 - cosines.mean())


def test_the_last_layer_stays_where_it_is_kept(start: Model, tmp_path: Path) -> None:
    """Other texts move several times less than without it."""
    assert moved(start, tmp_path / "kept", 20.0) < moved(start, tmp_path / "free", 0.0) / 3


def test_texts_without_labels_teach_no_label_and_are_no_rows(start: Model, tmp_path: Path) -> None:
    """They are appended once, have no task, and are not among the rows that the folder names."""
    tasks = [rows()]
    known = tasks[0].texts[0]
    examples = with_texts(join(tasks), [*GENERAL, GENERAL[0], known, ""])
    assert len(examples) == len(join(tasks)) + len(GENERAL)
    assert not examples.present[-len(GENERAL) :].any()
    assert not any(targets[-len(GENERAL) :].any() for targets in examples.targets)
    folder = tmp_path / "out"
    write_checkpoint({}, start, folder, tasks)
    assert encoder_rows(folder) == encoder_rows(folder) - set(GENERAL)


def test_the_loss_is_the_mean_over_labelled_texts() -> None:
    """A batch that is half without labels has the loss of its other half; an empty one none."""

    class Even:
        def logits(self, pooled: torch.Tensor, _place: int, _task: int) -> torch.Tensor:
            return torch.zeros(len(pooled), 2)

    data = rows()
    examples = with_texts(join([data]), GENERAL)
    targets = [torch.from_numpy(each) for each in examples.targets]

    def loss(batch: list[int]) -> float:
        pooled, chosen = torch.zeros(1, len(batch), 4), np.array(batch)
        return float(tuning._loss(Even(), pooled, targets, examples, chosen, 0.0))  # type: ignore[arg-type]

    last = len(examples) - 1
    assert np.isclose(loss([0, last]), np.log(2))
    assert loss([last, last - 1]) == 0


def test_the_texts_are_part_of_what_a_tuning_is(start: Model) -> None:
    """Other texts, another digest; none, that of a tuning without."""
    digests = {
        tuning_digest([rows()], start, PLAN, general) for general in ((), GENERAL, GENERAL[:2])
    }
    assert len(digests) == 3
    assert tuning_digest([rows()], start, PLAN) in digests


def test_the_command_takes_texts_of_any_table(start: Model, tmp_path: Path) -> None:
    """`--keep`, `--general` and `--dropout` reach the recipe beside the weights."""
    texts = tmp_path / "texts.jsonl"
    corpus(tmp_path, times=2)
    texts.write_text("".join(json.dumps({"text": text, "label": "x"}) + "\n" for text in GENERAL))
    out = tmp_path / "out"
    arguments = [
        "tune", "--data", str(tmp_path / "a.jsonl"), "--general", str(texts), "--layers", "1",
        "--epochs", "1", "--model", str(start.folder), "--cache", str(tmp_path / "cache"),
        "--dropout", "0",
    ]  # fmt: skip
    result = CliRunner().invoke(main, [*arguments, "--out", str(out), "--keep", "10"])
    assert result.exit_code == 0, result.output
    lost = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "b"), "--keep", "0"])
    assert "--general" in lost.output
    recipe = json.loads((out / "tuning.json").read_text())
    assert (recipe["plan"]["keep"], recipe["general_texts"]) == (10, len(GENERAL))
    assert recipe["plan"]["dropout"] == 0


def test_what_is_kept_is_told_without_dropout(start: Model) -> None:
    """A network that has not moved has moved by nothing, and goes on learning with dropout."""
    network, held = SharedEncoder(start, [], 0.5, [1]), SharedEncoder(start, [], 0.0).eval()
    network.train()
    tokens = Tokenizer(start.folder, start.max_tokens).tokenize_batch([(t, "") for t in GENERAL])
    assert tuning._moved(network, held, tokens).item() < 1e-5
    assert network.training
    again = [network.pooled(tokens) for _ in range(2)]
    assert not torch.equal(*again)
    assert tuning._moved(network, held, []).item() == 0
    assert tuning._moved(network, None, tokens).item() == 0


def test_texts_without_labels_are_held_or_else_all() -> None:
    """Replies may move where there are others to stay general on."""
    for general, held in ((GENERAL, {len(rows()), len(rows()) + 1}), ([], {0, 1})):
        examples = with_texts(join([rows()]), general)
        run = tuning._Run(examples, None, PLAN, None)  # type: ignore[arg-type]
        batch = np.array([0, 1, len(rows()), len(rows()) + 1]) if general else np.array([0, 1])
        parts = run.parts(batch)
        assert [set(part.tolist()) for part in parts] == [{0, 1}, held]
