"""From a plain table to a bundle that loads; vectors equal to what serving computes."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embedder.client import EmbedderClient
from embedder.config import Settings
from embedder.encoder import EncoderConfig
from embedder.server.server import EmbedderServer, load
from heads.bundle.loading import load_folder
from heads.bundle.reading import read_folder
from heads.errors import BundleExistsError
from heads.training.building.evaluate import (
    bundle_recipe,
    bundle_scores,
    evaluate_as_is,
    evaluate_refit,
    write_report,
)
from heads.training.building.inputs import embed_features, make_folds
from heads.training.building.train import Plan, train
from heads.training.building.trained import Trained, write
from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.provenance import unseen
from heads.training.data.tables import Record, read_records
from heads.training.data.taxonomy import ThresholdPolicy
from heads.training.errors import DataError
from heads.training.fitting.calibrated_ensemble import label_scores_of
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.ensemble import averaged
from heads.training.fitting.recipe import Recipe, parse_members
from heads.training.fitting.selection import Selector, candidate_members
from tests.support.roles import point
from tests.support.waiting import WAIT_S

MEMBERS = "mean@3+mean@6;lexical;mean@6/8"
THINGS = ("invoice", "bill", "receipt", "payment", "refund", "charge", "fee", "price")
PLACES = ("Rome", "Oslo", "Lima", "Cairo", "Paris", "Quito", "Delhi", "Seoul")


def rows() -> list[dict[str, object]]:
    """Make two texts of each topic by each of eight authors."""
    made: list[dict[str, object]] = []
    for number, (thing, place) in enumerate(zip(THINGS, PLACES, strict=True)):
        texts = {
            "money": (f"why is this {thing} so high", f"there is a mistake on my {thing}"),
            "travel": (f"book me a flight to {place}", f"when does the train to {place} leave"),
            "music": (f"play the {thing} song again", f"louder, I love this tune from {place}"),
        }
        for label, both in texts.items():
            made += [{"text": text, "topic": label, "author": f"p{number}"} for text in both]
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddingStore]:
    """Open the default encoder in fp32, its vectors kept in a folder of the test."""
    config = EncoderConfig(precision="fp32", streams=1)
    made = EmbeddingStore(tmp_path_factory.mktemp("vectors"), config)
    yield made
    made.close()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Read 48 rows of three topics by eight authors."""
    file = tmp_path_factory.mktemp("rows") / "topics.jsonl"
    file.write_text("\n".join(map(json.dumps, rows())), encoding="utf-8")
    records = read_records([file])
    return make_dataset(infer_task("topic", records, label_column="topic"), records)


@pytest.fixture(scope="module")
def trained(dataset: Dataset, store: EmbeddingStore) -> Trained:
    """Train a head with all three kinds of member."""
    plan = Plan(version="1", recipe=Recipe(parse_members(MEMBERS)))
    return train(dataset, store, plan, lambda items, _: items)


@pytest.fixture(scope="module")
def bundle(
    trained: Trained, dataset: Dataset, store: EmbeddingStore,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """Write the bundle and make it production."""
    folder = write(trained, dataset, store, tmp_path_factory.mktemp("catalog"), "1")
    point(folder.parent, "production", "1")
    return folder


def test_bundle_loads_and_answers_what_was_learnt(
    bundle: Path, trained: Trained, dataset: Dataset, store: EmbeddingStore
) -> None:
    """The bundle passes its self-test and gives the scores of the members that were trained."""
    head = load_folder(bundle)
    features = embed_features(dataset, store, trained.recipe)
    everything = np.arange(len(dataset))
    logits = [member.logits(features, everything) for member in trained.members]
    wanted = trained.calibrated.apply(logits)
    scores = bundle_scores(head, dataset, store)
    assert np.abs(scores - wanted).max() < 5e-3  # weights are stored in half precision
    assert (scores.argmax(axis=1) == dataset.truth).mean() > 0.95
    assert head.manifest.fingerprint == store.fingerprint


def test_bundle_is_written_once(
    bundle: Path, trained: Trained, dataset: Dataset, store: EmbeddingStore
) -> None:
    """A version that exists is never overwritten."""
    with pytest.raises(BundleExistsError):
        write(trained, dataset, store, bundle.parent.parent, "1")


def test_bundle_carries_card_figures_and_pictures(bundle: Path) -> None:
    """The folder holds the model card, metrics by author and random split, and three pictures."""
    facts = json.loads((bundle / "metrics.json").read_text(encoding="utf-8"))
    assert set(facts["evaluation"]) == {"author", "random"}
    assert facts["evaluation"]["author"]["labels"].keys() == {"money", "travel", "music"}
    assert "held-out authors" in (bundle / "README.md").read_text(encoding="utf-8")
    for name in ("confusion.png", "reliability.png", "risk_coverage.png"):
        assert (bundle / name).read_bytes().startswith(b"\x89PNG")


def test_a_bundle_knows_the_rows_it_learnt_from(bundle: Path, dataset: Dataset) -> None:
    """The gate can tell its rows from others."""
    fresh = replace(dataset, texts=("never seen before", *dataset.texts[1:]))
    rows = unseen(read_folder(bundle), fresh)
    assert rows is not None
    assert rows.tolist() == [True, *[False] * (len(dataset) - 1)]


def test_evaluation_refits_or_takes_the_bundle_as_it_stands(
    bundle: Path, dataset: Dataset, store: EmbeddingStore, tmp_path: Path
) -> None:
    """On its own rows a bundle is judged only by refitting; on others it is judged as it is."""
    for own in (dataset, dataset.rows(np.arange(0, len(dataset), 2))):
        with pytest.raises(DataError, match="--refit"):
            evaluate_as_is(bundle, own, store)
    assert bundle_recipe(bundle).views == ("mean@3", "mean@6")
    refit = evaluate_refit(bundle, dataset, store)
    assert refit["author"]["rows"] == len(dataset)
    texts = [f"{text}, please" for text in dataset.texts[:40]]
    others = replace(dataset, texts=(*texts, *dataset.texts[40:]))
    given = evaluate_as_is(bundle, others, store)
    assert (given["given"]["rows"], given["given"]["left_out"]) == (40, len(dataset) - 40)
    assert given["given"]["accuracy"] > 0.9
    report = write_report(bundle, others, given, tmp_path)
    assert (report / "README.md").is_file()


def test_same_seed_gives_the_same_head(
    trained: Trained, dataset: Dataset, store: EmbeddingStore
) -> None:
    """Training again gives the same weights, thresholds and temperature to the bit."""
    plan = Plan(version="1", recipe=Recipe(parse_members(MEMBERS)))
    again = train(dataset, store, plan, lambda items, _: items)
    assert again.thresholds == trained.thresholds
    assert again.calibrated == trained.calibrated
    for one, other in zip(again.members, trained.members, strict=True):
        assert (one.network.w0 == other.network.w0).all()


def test_selection_takes_the_member_of_least_loss_first(
    dataset: Dataset, store: EmbeddingStore
) -> None:
    """The greedy choice is never worse than the best single member, and has at most four."""
    features = embed_features(dataset, store, None)
    selector = Selector(dataset, features, make_folds(dataset, "author", 0))
    wanted = {(), ("mean@0",), ("mean@6",), ("mean@3", "mean@6")}
    candidates = [member for member in candidate_members(6) if member.views in wanted]
    recipe = selector.choose(candidates, lambda items, _: items)
    best = min(selector.loss([member]) for member in candidates)
    assert 1 <= len(recipe.members) <= 4
    assert selector.loss(recipe.members, recipe.weighting) <= best + 1e-9


@pytest.mark.parametrize(
    ("labels", "kind", "names"),
    [
        (["yes", "no"], "sigmoid", ("yes", "no")),
        ([["a"], ["b", "a"]], "sigmoid", ("a", "b")),
    ],
)
def test_other_kinds_of_label_train_too(
    labels: list[object], kind: str, names: tuple[str, ...], store: EmbeddingStore, tmp_path: Path
) -> None:
    """A yes/no column and a column of label lists give sigmoid heads that load and answer."""
    picked = [row for row in rows() if row["topic"] != "music"]
    records = [
        Record(Path("t.jsonl"), i, {**row, "mark": labels[row["topic"] == "travel"]})
        for i, row in enumerate(picked)
    ]
    task = infer_task("mark", records, label_column="mark")
    assert (task.kind, task.labels) == (kind, names)
    made = make_dataset(task, records)
    plan = Plan(version="1", recipe=Recipe(parse_members("mean@6;lexical")))
    done = train(made, store, plan, lambda items, _: items)
    head = load_folder(write(done, made, store, tmp_path, "1"))
    table = label_scores_of(task, bundle_scores(head, made, store))
    wanted = np.hstack([made.targets, 1 - made.targets]) if task.is_yes_no else made.targets
    assert ((table >= 0.5) == (wanted >= 0.5)).all(axis=1).mean() > 0.9


def test_recall_policy_keeps_its_recall(dataset: Dataset, store: EmbeddingStore) -> None:
    """A yes/no head with a recall policy finds that share of its out-of-fold yes rows."""
    records = [
        Record(Path("t.jsonl"), i, {**row, "mark": row["topic"] == "money"})
        for i, row in enumerate(rows())
    ]
    task = infer_task("mark", records, label_column="mark")
    made = make_dataset(replace(task, policy=ThresholdPolicy(recall_of_yes=0.95)), records)
    plan = Plan(version="1", recipe=Recipe(parse_members("mean@6")))
    done = train(made, store, plan, lambda items, _: items)
    assert done.evaluation["author"]["labels"]["yes"]["recall"] >= 0.9
    assert done.thresholds["no"] == 0.0


def test_average_of_one_member_is_that_member() -> None:
    """Averaging probabilities of a single member, unscaled, changes nothing."""
    logits = np.array([[0.2, -1.0, 3.0]])
    alone = averaged([logits], [1.0], is_softmax=True)
    assert np.allclose(alone, np.exp(logits) / np.exp(logits).sum())


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Run the real server over the real encoder, in a thread; yield its address."""
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def run() -> None:
        stop = asyncio.Event()
        server = EmbedderServer(settings, load(settings))
        try:
            await server.start()
            started.set_result((server.port, asyncio.get_running_loop(), stop))
            await stop.wait()
        except Exception as error:
            started.set_exception(error)
        finally:
            await server.close()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    port, loop, stop = started.result(4 * WAIT_S)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(4 * WAIT_S)


@pytest.mark.service
def test_training_vectors_equal_serving_vectors(store: EmbeddingStore) -> None:
    """For every view, what training reads is what the embedder answers for the same text."""
    texts = [str(row["text"]) for row in rows()[:12]] + [
        "  Odd\u200b spacing,\nÜmläuts; 漢字 ",
        "x " * 600,
    ]
    views = [f"mean@{layer}" for layer in range(store.layers + 1)]
    learnt = store.vectors(texts, views)
    again = store.vectors(texts, views)
    settings = Settings(port=0, metrics_port=0, precision="fp32", streams=1)
    with serving(settings) as target:
        client = EmbedderClient(target)
        try:
            answer = client.embed(
                texts, views, timeout_s=4 * WAIT_S, expected_fingerprint=store.fingerprint
            )
        finally:
            client.close()
    for view in views:
        served = np.stack([item.vectors[view] for item in answer.items])
        assert np.abs(served - learnt[view]).max() < 1e-4
        assert (again[view] == learnt[view]).all()
