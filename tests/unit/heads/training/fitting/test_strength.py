"""Laws of the benchmark's rule: strengths and members are chosen on held-out training rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.tables import Record
from heads.training.fitting.calibration import log_loss, softmax
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.fit import Shape, fit_linear_path, fit_network
from heads.training.fitting.recipe import LEXICAL, MemberSpec
from heads.training.fitting.strength import DENSE_PATH, choose

CLASSES, PER_CLASS, DIM = 4, 25, 12
TOLD, NOISE, WORDS = MemberSpec(("told",)), MemberSpec(("noise",)), MemberSpec(())


def rows_of(spread: float, later: int = 0) -> tuple[Dataset, Features]:
    """Draw four classes around four points, a view of pure noise, and `later` further rows."""
    random = np.random.default_rng(7)
    truth = np.tile(np.arange(CLASSES), PER_CLASS)
    records = [
        Record(Path("rows"), line, {"text": f"row {line}", "label": "abcd"[label]})
        for line, label in enumerate(truth)
    ]
    train = make_dataset(infer_task("four", records, label_column="label"), records)
    told = np.eye(DIM)[truth] + spread * random.normal(size=(len(truth), DIM))
    noise = random.normal(size=(len(truth), DIM))
    beyond = np.random.default_rng(8).normal(size=(later, DIM)) * 100.0
    vectors = {
        "told": np.concatenate([told, beyond]).astype(np.float32),
        "noise": np.concatenate([noise, beyond]).astype(np.float32),
    }
    texts = (*train.texts, *(f"later {line}" for line in range(later)))
    return train, make_features(vectors, texts, LEXICAL)


def test_rows_beyond_the_training_rows_have_no_say() -> None:
    """Whatever test rows stand behind the training rows, choice and calibration are the same."""
    alone, beside = (choose((TOLD, WORDS), *rows_of(0.5, later)) for later in (0, 50))
    assert alone.members == beside.members
    assert alone.calibrated == beside.calibrated
    assert np.array_equal(alone.scores, beside.scores)


def test_small_sets_hold_out_every_row_once() -> None:
    """Up to 2,000 rows each row is scored by members that have not learnt from it."""
    train, features = rows_of(0.5)
    chosen = choose((TOLD,), train, features)
    assert sorted(chosen.rows) == list(range(len(train)))
    assert chosen.scores.shape == train.targets.shape


def test_large_sets_hold_out_a_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit one fold is held out, and nothing else is scored."""
    monkeypatch.setattr("heads.training.fitting.strength._CROSS_VALIDATED_ROWS", 50)
    train, features = rows_of(0.5)
    assert len(choose((TOLD,), train, features).rows) == len(train) // 10


def test_members_that_do_not_lower_the_loss_are_left_out() -> None:
    """A view of noise and n-grams without a word of the label are dropped."""
    chosen = choose((NOISE, WORDS, TOLD), *rows_of(0.05))
    assert [one.views for one in chosen.members] == [("told",)]


def test_the_strength_comes_from_the_rows() -> None:
    """Noise on few rows is pulled hard; a class told by a small difference is pulled little."""
    noisy = choose((TOLD,), *rows_of(2.0)).members[0].shape.l2
    train, _ = rows_of(0.0)
    random = np.random.default_rng(9)
    common = random.normal(size=(len(train), CLASSES)).astype(np.float32)
    vectors = {"told": np.hstack([common + 0.1 * train.targets, common])}
    fine = choose((TOLD,), train, make_features(vectors, train.texts, None)).members[0].shape.l2
    assert (noisy, fine) == (DENSE_PATH[0], DENSE_PATH[-1])


def test_a_path_ends_where_a_fit_from_nothing_ends() -> None:
    """Warm starts save steps and change no probability by more than a thousandth."""
    train, features = rows_of(0.5)
    x = features.views(("told",), np.arange(len(train)))
    path = fit_linear_path(x, train.targets, (0.1, 0.03, 0.01), softmax=True)
    ones = np.ones(len(train), dtype=np.float32)
    fresh = fit_network(x, train.targets, ones, Shape(l2=0.01), softmax=True, seed=0)
    assert np.abs(softmax(path[-1].logits(x)) - softmax(fresh.logits(x))).max() < 1e-3
    losses = [log_loss(softmax(one.logits(x)), train.targets.astype(np.float64)) for one in path]
    assert losses == sorted(losses, reverse=True)
