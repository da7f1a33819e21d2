"""Laws of tuning the shared encoder: it learns, repeats itself, and the embedder serves it."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from embedder.checkpoint.folder import Model, find_model
from embedder.encoder import EncoderConfig
from embedder.tokenizer import Tokenizer
from heads.__main__ import main
from heads.bundle.reading import read_folder
from heads.lifecycle import aliases
from heads.training.benchmark.encoders import kept_rows
from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.provenance import encoder_rows, row_keys, unseen
from heads.training.data.tables import Record
from heads.training.errors import DataError
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.strength import held_out_folds
from heads.training.tuning.checkpoint import tuned_folder, tuning_digest, write_checkpoint
from heads.training.tuning.network import SharedEncoder, batch_count, batches
from heads.training.tuning.tasks import read_tasks
from heads.training.tuning.tune import TuningPlan, tune

PLAN = TuningPlan(epochs=4, batch_rows=8, learning_rate=2e-3, dropout=0.0)
FRUIT, METAL = ("apple", "pear", "plum", "cherry"), ("iron", "copper", "silver", "gold")


def rows(name: str = "kinds", repeats: int = 6) -> Dataset:
    """Make two classes told apart by one word of many."""
    random = np.random.default_rng(3)
    records: list[Record] = []
    for label, words in (("fruit", FRUIT), ("metal", METAL)):
        for word in words * repeats:
            around = random.choice(["the", "a", "we", "see", "of", "and", "this"], 4)
            text = " ".join([*around[:2], word, *around[2:]])
            records.append(Record(Path(name), len(records) + 1, {"text": text, "label": label}))
    return make_dataset(infer_task(name, records, label_column="label"), records)


def network_of(model: Model) -> SharedEncoder:
    """Load the encoder of a folder, ready to read."""
    return SharedEncoder(model, [2], 0.0)


def margin(model: Model, data: Dataset) -> float:
    """Return the distance of the two classes' mean vectors."""
    tokens = Tokenizer(model.folder, model.max_tokens).tokenize_batch([(t, "") for t in data.texts])
    pooled = network_of(model).read(tokens)[0].numpy()
    return float(np.linalg.norm(pooled[data.truth == 0].mean(0) - pooled[data.truth == 1].mean(0)))


def test_tuning_moves_classes_apart_and_the_words_stay(start: Model, tmp_path: Path) -> None:
    """The classes' means part, while the word embeddings are those of the start."""
    data = rows()
    folder = tuned_folder(tmp_path, [data], start, PLAN)
    assert margin(find_model(folder), data) > 2 * margin(start, data)
    words = "embeddings.word_embeddings.weight"
    before, after = (
        network_of(model_folder).encoder_state()[words]
        for model_folder in (start, find_model(folder))
    )
    assert torch.equal(before, after)


def test_the_embedder_serves_what_was_tuned(start: Model, tmp_path: Path) -> None:
    """Vectors of the written folder by the embedder's own graph equal those of the network."""
    data = rows()
    state = tune([data], start, PLAN)
    write_checkpoint(state, start, tmp_path / "tuned", [data])
    config = EncoderConfig(tmp_path / "tuned", precision="fp32", cache_dir=tmp_path / "graphs")
    store = EmbeddingStore(tmp_path / "vectors", config)
    served = store.vectors(data.texts, ["mean@2"])["mean@2"]
    store.close()
    bert = network_of(start).bert
    bert.load_state_dict(state)
    bert.eval()
    tokens = Tokenizer(start.folder, start.max_tokens).tokenize_batch([(t, "") for t in data.texts])
    with torch.no_grad():
        for one, vector in zip(tokens, served, strict=True):
            ids = torch.from_numpy(one.windows[0].astype(np.int64))[None]
            expected = bert(input_ids=ids).last_hidden_state.mean(1)[0].numpy()
            assert np.abs(expected - vector).max() < 1e-4


def test_a_reply_is_tuned_with_what_it_answers(start: Model, tmp_path: Path) -> None:
    """A pair has a vector of its own, the same in tuning and in the embedder, and its digest."""
    fields = [{"text": "see gold", "label": label} for label in ("fruit", "metal")]
    outbound = {"last_outbound": "we see the iron"}
    records = [Record(Path("kinds"), n, row) for n, row in enumerate(fields)]
    pairs = [Record(Path("kinds"), n, row | outbound) for n, row in enumerate(fields)]
    task = infer_task("kinds", records, label_column="label")
    alone, data = make_dataset(task, records), make_dataset(task, pairs)
    config = EncoderConfig(start.folder, precision="fp32", cache_dir=tmp_path / "graphs")
    store = EmbeddingStore(tmp_path / "vectors", config)
    without = store.vectors(alone.texts, ["text@2"])["text@2"]
    served = store.vectors(data.texts, ["text@2"], data.contexts)["text@2"]
    store.close()
    tokens = Tokenizer(start.folder, start.max_tokens).tokenize_batch(
        [(data.texts[0], data.contexts[0])]
    )
    network = network_of(start)
    network.bert.float()
    tuned_on = network.read(tokens)[-1].numpy()[0]
    assert np.abs(tuned_on - served[0] / np.linalg.norm(served[0])).max() < 1e-2
    assert np.abs(served - without).max() > 1e-3
    assert tuning_digest([alone], start, PLAN) != tuning_digest([data], start, PLAN)


def test_a_seed_repeats_every_weight(start: Model) -> None:
    """Same rows and plan, same weights to the bit, dropout and all; another seed, others."""
    plan = TuningPlan(epochs=1, batch_rows=8)
    first, again = tune([rows()], start, plan), tune([rows()], start, plan)
    other = tune([rows()], start, TuningPlan(epochs=1, batch_rows=8, seed=1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_row_touches_its_own_output_alone(start: Model) -> None:
    """The gradient of one task's row is nothing at all for another task's output."""
    network = SharedEncoder(start, [2, 2], 0.0)
    tokens = Tokenizer(start.folder, start.max_tokens).tokenize("we see gold")
    logits = network.logits(network.pooled([tokens])[0], 0, 0)
    torch.nn.functional.cross_entropy(logits, torch.tensor([1])).backward()  # type: ignore[no-untyped-call]
    own, others = (
        network.outputs.get_submodule(f"0.{task}").get_parameter("weight") for task in (0, 1)
    )
    assert own.grad is not None
    assert own.grad.abs().sum() > 0
    assert others.grad is None


def test_batches_hold_every_row_once_and_little_padding() -> None:
    """Nothing is left out or doubled, and like lengths stand together."""
    random = np.random.default_rng(0)
    lengths = random.integers(3, 60, size=1000)
    made = list(batches(lengths, 16, random))
    assert len(made) == batch_count(1000, 16)
    assert sorted(np.concatenate(made)) == list(range(1000))
    padded = sum(lengths[batch].max() * len(batch) for batch in made)
    assert padded < 1.2 * lengths.sum()


def test_the_folder_is_named_by_rows_and_plan(start: Model, tmp_path: Path) -> None:
    """Same rows and plan find the folder that is there; one row less is another encoder."""
    data, plan = rows(), TuningPlan(epochs=1, batch_rows=16)
    folder = tuned_folder(tmp_path, [data], start, plan)
    made = (folder / "model.safetensors").stat().st_mtime_ns
    assert tuned_folder(tmp_path, [data], start, plan) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == made
    fewer = data.rows(np.arange(len(data) - 1))
    assert tuning_digest([fewer], start, plan) != tuning_digest([data], start, plan)


def test_a_folder_that_is_there_is_not_overwritten(start: Model, tmp_path: Path) -> None:
    """Heads may have learnt on it: the writer refuses, and leaves it as it was."""
    with pytest.raises(DataError, match="is there already"):
        write_checkpoint({}, start, start.folder, [])
    assert find_model(start.folder).weights_sha256 == start.weights_sha256


def test_a_tuned_folder_names_the_rows_it_learnt_from(start: Model, tmp_path: Path) -> None:
    """By digest and without text; those of the encoder it started from are among them."""
    first, second = rows("first", repeats=1), rows("second", repeats=2)
    write_checkpoint({}, start, tmp_path / "one", [first])
    assert encoder_rows(tmp_path / "one") == row_keys(first)
    assert b"apple" not in (tmp_path / "one" / "rows.json").read_bytes()
    write_checkpoint({}, replace(start, folder=tmp_path / "one"), tmp_path / "two", [second])
    assert encoder_rows(tmp_path / "two") == row_keys(first) | row_keys(second)
    assert encoder_rows(start.folder) == frozenset()


def test_a_folder_is_on_disk_before_it_has_its_name(
    start: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file and the folder are synced first, and the name last: no power cut leaves half."""
    synced: list[str] = []
    fsync = os.fsync

    def record(descriptor: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    write_checkpoint({}, start, tmp_path / "tuned", [])
    files = {path.name for path in (tmp_path / "tuned").iterdir()}
    assert set(synced[:-2]) == files
    assert synced[-2:] == ["tuned", tmp_path.name]


def test_held_out_rows_are_unseen_by_the_encoder_that_judges_them() -> None:
    """Of each fold's rows none is among those that its encoder is tuned on, in any task."""
    tasks = [rows("first", repeats=3), rows("second", repeats=4)]
    assert len(kept_rows(tasks)) == 2
    for number, kept in enumerate(kept_rows(tasks)):
        for task, some in zip(tasks, kept, strict=True):
            held = held_out_folds(task)[number].test
            places = set(some.authors)
            assert places.isdisjoint(task.authors[i] for i in held)
            assert len(some) + len(held) == len(task)


def test_every_label_column_of_a_file_is_a_task(tmp_path: Path) -> None:
    """Rows without a label are left out of that task; a file without any label is refused."""
    path = tmp_path / "mails.jsonl"
    lines = [{"text": f"t{i}", "a": "xy"[i % 2], "b": ["p", "q", None][i % 3]} for i in range(6)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    first, second = read_tasks([path], ["a", "b"], "text")
    assert (len(first), len(second)) == (6, 4)
    with pytest.raises(DataError, match="no label in column 'c'"):
        read_tasks([path], ["c"], "text")


def test_the_command_writes_a_folder_the_embedder_takes(start: Model, tmp_path: Path) -> None:
    """`heads tune-encoder` ends in a checkpoint with a fingerprint of its own."""
    path = tmp_path / "mails.jsonl"
    data = rows(repeats=1)
    lines = [{"text": t, "label": label} for t, label in zip(data.texts, data.strata, strict=True)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    given = ["tune-encoder", "--data", str(path), "--out", str(tmp_path / "own"), "--epochs", "1",
             "--cache", str(tmp_path / "cache")]  # fmt: skip
    done = CliRunner().invoke(main, [*given, "--model", str(start.folder)])
    assert done.exit_code == 0, done.output
    tuned = find_model(tmp_path / "own")
    assert tuned.model_id == "own"
    assert tuned.weights.stat().st_mode & 0o044 == 0o044
    assert tuned.weights_sha256 != start.weights_sha256
    assert "is there already" in CliRunner().invoke(main, given).output


@pytest.mark.parametrize("command", ["train", "new"])
def test_a_head_knows_the_rows_that_its_encoder_learnt(
    start: Model, tmp_path: Path, command: str
) -> None:
    """They count as seen at the gate; a head that learns on some records it, and can answer."""
    tuned_on, path = rows(repeats=1), tmp_path / "mails.jsonl"
    learnt = [f"{text} {n}" for n in range(4) for text in tuned_on.texts]
    texts, labels = (*tuned_on.texts, *learnt), tuned_on.strata * 5
    lines = [{"text": t, "label": label} for t, label in zip(texts, labels, strict=True)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    write_checkpoint(network_of(start).encoder_state(), start, tmp_path / "own", [tuned_on])
    given = [
        command, "kinds", "--data", str(path), "--label-column", "label", "--members", "mean@2",
        "--model", str(tmp_path / "own"), "--catalog", str(tmp_path / "catalog"),
        "--cache", str(tmp_path / "cache"),
    ]  # fmt: skip
    (tmp_path / "catalog").mkdir()
    done = CliRunner().invoke(
        main, given if command == "train" else [*given, "--labels", "fruit,metal"]
    )
    assert done.exit_code == 0, done.output
    assert re.search(r"too good: [1-8] of \d+ rows tuned the encoder", done.output)
    fresh = unseen(read_folder(tmp_path / "catalog" / "kinds" / "1"), tuned_on)
    assert fresh is not None
    assert not fresh.any()
    promoted = CliRunner().invoke(main, ["promote", "kinds", "1", "--yes", *given[-6:]])
    assert promoted.exit_code == 0, promoted.output
    assert aliases.read_folder(tmp_path / "catalog" / "kinds").production == "1"
