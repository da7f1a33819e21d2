"""Laws of cross-fitting: what an encoder was tuned on is judged by one that did not see it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embedder.checkpoint.folder import Model
from embedder.encoder import EncoderConfig
from heads.training.building.inputs import embed_features, make_folds
from heads.training.building.train import Plan, train
from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.splits import Fold
from heads.training.data.tables import Record
from heads.training.errors import DataError
from heads.training.evaluation.out_of_fold import member_logits
from heads.training.fitting.cross_fit import CrossFit, open_cross_fit
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.recipe import Recipe, parse_members
from heads.training.tuning.checkpoint import tune_into
from heads.training.tuning.tune import TuningPlan

RECIPE = Recipe(parse_members("text@2"))
THINGS = {"fruit": ("apple", "pear", "plum", "cherry"), "metal": ("iron", "copper", "gold", "tin")}


def written_by(*writers: str) -> Dataset:
    """Make 40 rows of two labels by each writer, a file each."""
    records = [
        Record(
            Path(f"{writer}.jsonl"),
            number,
            {"text": f"{writer} {word} {number}", "label": label, "author": f"{writer}{number}"},
        )
        for writer in writers
        for label, words in THINGS.items()
        for number in range(5)
        for word in words
    ]
    return make_dataset(infer_task("kinds", records, label_column="label"), records)


def tuned(start: Model, folder: Path, writers: str, left_out: str) -> Path:
    """Tune a pass on the rows of some writers."""
    plan = TuningPlan(epochs=1, batch_rows=16, learning_rate=1e-2, dropout=0.0)
    (folder / "cache").mkdir(exist_ok=True)
    out = folder / f"without-{left_out}"
    facts = {"left_out": [f"{left_out}.jsonl"]}
    tune_into(out, folder / "cache", [written_by(*writers)], start, plan, facts)
    return out


@pytest.fixture
def encoders(start: Model, tmp_path: Path) -> tuple[Path, Path]:
    """Tune an encoder without writer a and one without b."""
    return tuned(start, tmp_path, "b", "a"), tuned(start, tmp_path, "a", "b")


def opened(folder: Path) -> EmbeddingStore:
    """Open an encoder in fp32, its vectors kept beside it."""
    config = EncoderConfig(folder, precision="fp32", streams=1, cache_dir=folder.parent / "graphs")
    return EmbeddingStore(folder.parent / "vectors", config)


def crossed(folders: tuple[Path, ...]) -> CrossFit:
    """Open a cross-fit that is there."""
    made = open_cross_fit(folders, opened)
    assert made is not None
    return made


def test_rows_are_scored_by_the_encoder_that_did_not_see_them(
    encoders: tuple[Path, Path], start: Model
) -> None:
    """Learning and scoring of a fold read the vectors of its own encoder, and no others."""
    data = written_by("a", "b")
    cross_fit, served = crossed(encoders), opened(start.folder)
    folds = make_folds(data, "author", 0, cross_fit)
    assert [set(data.rows(fold.test).sources) for fold in folds] == [{"a"}, {"b"}]
    features = embed_features(data, served, RECIPE, cross_fit)
    (scored,) = member_logits(RECIPE, data, features, folds)
    for fold, store in zip(folds, cross_fit.stores, strict=True):
        own = embed_features(data, store, RECIPE)
        (alone,) = member_logits(RECIPE, data, own, [Fold(fold.train, fold.test)])
        assert np.array_equal(scored[fold.test], alone[fold.test])
    (of_served,) = member_logits(
        RECIPE, data, embed_features(data, served, RECIPE), make_folds(data, "source", 0)
    )
    assert not np.allclose(scored, of_served)


def test_a_head_is_learnt_on_the_served_encoder_and_judged_by_the_others(
    encoders: tuple[Path, Path], start: Model
) -> None:
    """The only figures are those of held-out writers: other splits would flatter."""
    data, served = written_by("a", "b"), opened(start.folder)
    plan = Plan(version="1", recipe=RECIPE)
    made = train(data, served, plan, lambda items, _: items, crossed(encoders))
    assert list(made.evaluation) == ["source"]
    alone = train(data, served, plan, lambda items, _: items)
    assert np.array_equal(made.members[0].network.w0, alone.members[0].network.w0)


def test_rows_that_no_encoder_left_out_are_refused(encoders: tuple[Path, Path]) -> None:
    """Also a file that two left out, and an encoder that knows what it is said not to."""
    cross_fit = crossed(encoders)
    with pytest.raises(DataError, match=r"c: 0 of the encoders .* tune them"):
        cross_fit.folds(written_by("a", "b", "c"))
    twice = CrossFit(cross_fit.stores, (frozenset("ab"), frozenset("b")))
    with pytest.raises(DataError, match="b: 2 of the encoders"):
        twice.folds(written_by("a", "b"))
    swapped = CrossFit(cross_fit.stores, (frozenset("b"), frozenset("a")))
    with pytest.raises(DataError, match="40 rows that it would judge tuned it"):
        swapped.folds(written_by("a", "b"))


def test_an_encoder_without_a_recipe_is_refused(start: Model) -> None:
    """The frozen encoder left nothing out, and nothing is known of it."""
    assert open_cross_fit((), opened) is None
    with pytest.raises(DataError, match="heads tune --fold"):
        open_cross_fit((start.folder,), opened)
