"""The thresholds of an opt-out keep their promises on the rows that they are chosen on."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heads.bundle.loading import load_folder
from heads.policy import OptOutThresholds
from heads.training.building.evaluate import bundle_facts
from heads.training.building.opt_out import ChosenThresholds, write_with_thresholds
from heads.training.commands.train import CATALOG, CORPUS
from heads.training.data.dataset import make_dataset
from heads.training.data.tables import read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError
from heads.training.fitting.opt_out import OptOutAim, choose, measure, states

ROWS = st.lists(
    st.tuples(st.floats(0, 1) | st.just(1.0), st.booleans()), min_size=20, max_size=80
).filter(lambda rows: any(truth for _, truth in rows))


@given(ROWS, st.floats(0.6, 0.99), st.floats(0.6, 0.99))
def test_both_promises_are_kept(
    rows: list[tuple[float, bool]], precision: float, recall: float
) -> None:
    """Yes and review together have the recall, yes its precision; refused is what cannot be had."""
    probability = np.array([score for score, _ in rows])
    truth = np.array([label for _, label in rows])
    try:
        limits = choose(probability, truth, OptOutAim(precision, recall))
    except DataError:
        assert truth[probability >= 1].mean() < precision
        return
    yes, review = states(probability, limits)
    found = measure(yes, review, truth)
    assert 0 <= limits.review <= limits.yes <= 1
    assert found.recall >= recall - 1e-9
    assert found.yes_precision >= precision - 1e-9 or not yes.any()


def test_a_precision_that_nothing_has_is_refused() -> None:
    """Where the surest rows are half wrong no yes is chosen; the aim and the way out are named."""
    probability = np.array([1.0] * 10 + [0.1] * 10)
    truth = np.array([True, False] * 5 + [False] * 10)
    with pytest.raises(DataError, match=r"precision 0\.97: of 10 rows .* 0\.500 .*--yes-precision"):
        choose(probability, truth, OptOutAim(0.97, 0.98))


def test_without_opt_outs_nothing_is_chosen() -> None:
    """A recall of nothing is no reason to let a person look at every reply."""
    with pytest.raises(DataError, match=r"recall 0\.98: none of 20 rows .*--data"):
        choose(np.linspace(0, 1, 20), np.zeros(20, dtype=bool), OptOutAim(0.97, 0.98))


def test_figures_are_shares_of_what_they_name() -> None:
    """Shares are of all rows, precision of the yes rows, recalls of the opt-outs."""
    probability = np.array([0.9, 0.8, 0.3, 0.2, 0.1, 0.0])
    truth = np.array([True, False, True, False, True, False])
    limits = OptOutThresholds(yes=0.8, review=0.2)
    found = measure(*states(probability, limits), truth)
    assert (found.rows, found.opt_outs) == (6, 3)
    assert (found.yes_share, found.review_share) == (2 / 6, 2 / 6)
    assert (found.yes_precision, found.yes_recall, found.recall) == (1 / 2, 1 / 3, 2 / 3)


def test_the_new_version_has_the_same_weights(tmp_path: Path) -> None:
    """Only the table, the card and the figures differ from the bundle that it was made of."""
    old = tmp_path / "has_opt_out" / "1"
    shutil.copytree(CATALOG / "has_opt_out" / "1", old)
    data = make_dataset(REPLY_TASKS["has_opt_out"], read_records([CORPUS]))
    probability = np.linspace(0, 1, len(data))
    limits = OptOutThresholds(yes=0.9, review=0.1)
    figures = measure(*states(probability, limits), data.truth == 0)
    chosen = ChosenThresholds(OptOutAim(0.97, 0.98), limits, figures)

    new = write_with_thresholds(old, data, chosen, "2")

    before, after = load_folder(old).manifest, load_folder(new).manifest
    assert (before.opt_out, after.opt_out) == (None, limits)
    assert after.files["weights.safetensors"] == before.files["weights.safetensors"]
    assert (after.thresholds, after.calibration) == (before.thresholds, before.calibration)
    assert bundle_facts(new)["opt_out"]["thresholds"] == limits.model_dump()
    assert "A machine may act from 0.9000 on" in (new / "README.md").read_text()
