"""Laws of the distance from what a head has learnt, and of its limit."""

from __future__ import annotations

import numpy as np
import pytest

from heads.inference.head import Head
from heads.inference.stack import Stack
from heads.manifest import Manifest
from heads.prediction import FeatureRow
from heads.training.data.splits import Fold
from heads.training.fitting.recipe import Recipe, parse_members
from heads.training.fitting.unlike import UnlikeMap, beyond_limit, fit_map, limit_of, views_of
from heads.training.metrics import auroc
from tests.support.bundles import FINGERPRINT, table, weights

VIEWS = ("mean@3", "mean@6")
DIM = 8


def rows(count: int, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Draw rows about two centres, each view of length 1."""
    rng = np.random.default_rng(seed)
    groups = ["a" if place % 2 else "b" for place in range(count)]
    centres = {"a": np.eye(DIM)[0], "b": np.eye(DIM)[1]}
    views = [
        np.stack([centres[group] for group in groups]) + 0.1 * rng.normal(size=(count, DIM))
        for _ in VIEWS
    ]
    unit = [view / np.linalg.norm(view, axis=1, keepdims=True) for view in views]
    return np.hstack(unit).astype(np.float32), groups


def limited_head(learnt: UnlikeMap, limit: float) -> Head:
    """Make a head whose one member reads the map's views, the map in half precision."""
    unlike = {"views": list(learnt.views), "rank": learnt.rank, "limit": limit}
    made = table(members=[{"views": list(learnt.views), "normalise": "l2"}])
    files = dict.fromkeys(("weights.safetensors", "golden.json"), FINGERPRINT)
    manifest = Manifest.model_validate({"format": 1, **made, "unlike": unlike, "files": files})
    half = learnt.w0.astype(np.float16).astype(np.float32)
    return Head.build(manifest, {**weights(made), "unlike.w0": half, "unlike.b0": learnt.b0})


def test_the_distance_is_that_to_the_nearest_group_spread_counted_less() -> None:
    """It is the plain formula's, over all groups, and never below zero for rows of length 1."""
    x, groups = rows(200)
    learnt = fit_map(VIEWS, x, groups)
    means = {g: x[np.array(groups) == g].mean(axis=0) for g in ("a", "b")}
    basis = learnt.w0[:, : learnt.rank].astype(np.float64)
    gaps = [x - mean for mean in means.values()]
    plain = np.min([(gap**2).sum(axis=1) - ((gap @ basis) ** 2).sum(axis=1) for gap in gaps], 0)
    np.testing.assert_allclose(learnt.distances(x), plain, atol=1e-5)
    assert learnt.distances(x).min() > -1e-5


@pytest.mark.parametrize("views", [("mean@3", "mean@6"), ("text@4", "text@6"), ("text@4", "cls@6")])
def test_what_serving_finds_unlike_is_what_training_measured(views: tuple[str, str]) -> None:
    """A stack abstains exactly from rows beyond the limit, half precision too, in any view.

    The gateway is asked for the members' views alone, and other views of a row have no say.
    """
    x, groups = rows(100)
    far = np.hstack([np.roll(x[:, :DIM], 4, axis=1), np.roll(x[:, DIM:], 4, axis=1)])[:20]
    learnt = fit_map(views, x, groups)
    limit = limit_of(learnt.distances(x))
    head = limited_head(learnt, limit)
    assert set(head.info().views) == set(views)
    both = np.vstack([x, far])
    elsewhere = dict.fromkeys({"mean@4", "text@3"} - set(views), far[0][:DIM])
    asked = [
        FeatureRow({views[0]: 3 * row[:DIM], views[1]: row[DIM:], **elsewhere}) for row in both
    ]
    (answer,) = Stack([head]).predict((0,), asked)
    wanted = learnt.distances(both)
    clear = np.abs(wanted - limit) > 1e-3
    assert (np.array(answer.unlike)[clear] == (wanted > limit)[clear]).all()
    assert all(answer.unlike[len(x) :])
    assert all(answer.abstained[len(x) :])


def test_the_distance_is_measured_in_views_that_a_member_reads() -> None:
    """In those of a linear member, else of any that reads views; n-grams alone give none."""
    wanted = {
        "mean@6/8;lexical;text@4+text@6": ("text@4", "text@6"),
        "lexical;text@4/8": ("text@4",),
        "lexical": (),
    }
    for members, views in wanted.items():
        assert views_of(Recipe(parse_members(members))) == views


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_handful_of_rows_makes_a_map_of_finite_numbers(count: int) -> None:
    """Rows that do not differ at all give no spread, not a division by nothing."""
    x, groups = rows(count)
    learnt = fit_map(VIEWS, x, groups)
    assert np.isfinite(learnt.w0).all()
    assert np.isfinite(learnt.distances(x)).all()


def test_a_limit_turns_away_a_two_hundredth_at_most() -> None:
    """Of the rows that it is learnt on; rows that no fold held out have no say."""
    distances = np.append(np.arange(1000.0), np.nan)
    assert (distances[:-1] > limit_of(distances)).mean() <= 0.005
    fold = Fold(train=np.arange(1000), test=np.array([1000]))
    distances[-1] = 5000.0
    assert beyond_limit(distances, [fold])[-1]


def test_auroc_counts_pairs_in_order_and_ties_by_half() -> None:
    """1 where all unknown are farther, 0.5 where nothing tells them apart."""
    known, unknown = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert auroc(known, unknown) == 1.0
    assert auroc(unknown, known) == 0.0
    assert auroc(known, known) == 0.5
