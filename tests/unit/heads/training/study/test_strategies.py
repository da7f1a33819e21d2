"""Laws of the ways of learning: each learns a plain task, and repeats itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from embedder.checkpoint.folder import find_model
from embedder.tokenizer import Tokenizer
from heads.training.errors import DataError
from heads.training.study.compared import NAMES, strategies
from heads.training.study.material import Sample, draw
from heads.training.study.strategies import Encoder, Strategy
from heads.training.study.tuned import Tuned
from heads.training.tuning import low_rank
from heads.training.tuning.network import SharedEncoder
from heads.training.tuning.tune import TuningPlan, tune_network
from tests.support.checkpoints import write_bert
from tests.support.study import material

CHANCE = 1 / 3


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: more only wait for each other over matrices this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """Open a random BERT of two layers."""
    folder = tmp_path_factory.mktemp("encoder")
    return Encoder(write_bert(folder / "bert"), folder / "cache")


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Draw 60 of 90 rows of three topics told by single words."""
    return draw(material(tmp_path_factory.mktemp("rows"), learnt=90), 60, 0)


def accuracy(strategy: Strategy, sample: Sample, encoder: Encoder) -> float:
    """Learn, and return the share of judged rows that are right."""
    labels = strategy.predict(sample, encoder).labels
    return float((labels == sample.judged.truth).mean())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "static"])
def test_each_learns_a_plain_task(name: str, sample: Sample, encoder: Encoder) -> None:
    """Far better than chance, by an encoder that knows nothing where it reads one."""
    (strategy,) = strategies([name])

    assert not strategy.lacks(sample.learnt, sample.others)
    assert accuracy(strategy, sample, encoder) > CHANCE + 0.15


def test_static_vectors_learn_from_words_alone(sample: Sample, encoder: Encoder) -> None:
    """They read the layer below all others."""
    (strategy,) = strategies(["static"])

    assert strategy.recipe(60, encoder)["members"] == ["mean@0"]
    assert accuracy(strategy, sample, encoder) > CHANCE + 0.15


@pytest.mark.parametrize("name", ["tfidf-svm", "frozen-best", "fine-tuned"])
def test_the_same_rows_and_seed_give_the_same_answers(
    name: str, sample: Sample, encoder: Encoder
) -> None:
    """In another process too: nothing hangs on what was learnt before."""
    first, again = (strategies([name])[0].predict(sample, encoder).labels for _ in range(2))

    assert np.array_equal(first, again)


def test_no_strategy_reads_how_the_judged_rows_are_labelled(
    sample: Sample, encoder: Encoder
) -> None:
    """Other truths, the same answers."""
    truth = np.roll(sample.judged.truth, 1)
    blind = replace(sample, judged=replace(sample.judged, truth=truth))
    for strategy in strategies(["tfidf-svm", "frozen-last", "tuned"]):
        first, second = (strategy.predict(some, encoder).labels for some in (sample, blind))
        assert np.array_equal(first, second), strategy.name


def test_two_strategies_share_one_tuning(sample: Sample, encoder: Encoder) -> None:
    """The second says what the first spent, so that its cost is that of the whole."""
    fine, tuned = strategies(["fine-tuned", "tuned"])
    first, second = fine.predict(sample, encoder), tuned.predict(sample, encoder)

    assert first.elsewhere_s == 0.0 < second.elsewhere_s
    assert fine.shares == tuned.shares != ""


def test_joint_tuning_needs_other_labels(sample: Sample) -> None:
    """Without them it would be what fine-tuning is."""
    (joint,) = strategies(["joint"])

    assert "no other labels" in joint.lacks(sample.learnt, ())


def test_small_samples_are_passed_over_more_often(encoder: Encoder) -> None:
    """At least five times, at most twenty; the recipe says so, and not the seed."""
    recipes = {rows: Tuned("x", "x").recipe(rows, encoder) for rows in (25, 360, 5000)}
    plans = [recipe["plan"] for recipe in recipes.values()]

    assert [plan["epochs"] for plan in plans if isinstance(plan, dict)] == [20, 7, 5]
    assert not any("seed" in plan for plan in plans if isinstance(plan, dict))


def test_an_unknown_strategy_is_told_with_those_that_there_are() -> None:
    """A mistyped name would otherwise be a study of nothing."""
    with pytest.raises(DataError, match="no strategy magic: there are tfidf-lightgbm"):
        strategies(["magic"])


def test_small_matrices_learn_and_the_weights_stay(sample: Sample, encoder: Encoder) -> None:
    """Of the encoder nothing else moves; it begins where the start is."""
    start = encoder.model
    plan = TuningPlan(epochs=2, batch_rows=16, learning_rate=1e-2, dropout=0.0)
    before = SharedEncoder(start, [3], 0.0)
    tokens = Tokenizer(start.folder, start.max_tokens).tokenize_batch([("a bill", "")])
    fresh = SharedEncoder(start, [3], 0.0)
    low_rank.add_low_rank(fresh)
    assert torch.equal(fresh.read(tokens), before.read(tokens))

    tuned = tune_network([sample.learnt], start, plan, adapt=low_rank.add_low_rank)
    names = dict(before.bert.named_parameters())
    moved = [
        name
        for name, tensor in tuned.bert.named_parameters()
        if not torch.equal(tensor, names.get(name.replace("parametrizations.weight.original",
                                                          "weight"), torch.zeros(1)))
    ]  # fmt: skip
    assert moved
    assert all(name.endswith((".up", ".down")) for name in moved)
    assert not torch.equal(tuned.read(tokens), before.read(tokens))


def test_read_returns_further_layers_after_its_own(encoder: Encoder) -> None:
    """Each as an encoder with that layer reads it."""
    start = find_model(encoder.model.folder)
    tokens = Tokenizer(start.folder, start.max_tokens).tokenize_batch([("a bill", ""), ("b", "")])
    both = SharedEncoder(start, [2], 0.0).read(tokens, 1)
    first = SharedEncoder(start, [2], 0.0, (1,)).read(tokens)

    assert both.shape[0] == 2
    assert torch.allclose(both[1], first[0], atol=1e-6)
