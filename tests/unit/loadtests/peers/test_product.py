"""Peers compute heads as one product of matrices."""

from pathlib import Path

import numpy as np
import pytest

from loadtests.peers.heads import write_product
from loadtests.peers.product import Product
from loadtests.stack.catalogs import production_versions


def test_each_head_has_its_labels_and_probabilities(tmp_path: Path) -> None:
    """As many heads as are shipped; every row's scores add up to one a head, by that head alone."""
    count = write_product(tmp_path / "heads.npz", 16)
    vectors = np.random.default_rng(1).normal(size=(3, 16)).astype(np.float32)

    rows = Product(tmp_path / "heads.npz")(vectors)

    assert len(rows) == 3
    for row in rows:
        assert set(row) == set(production_versions())
        assert len(row) == count
        for scores in row.values():
            assert sum(scores.values()) == pytest.approx(1, abs=1e-3)
    assert {"positive", "objection"} <= set(rows[0]["intent"])


def test_a_rows_scores_do_not_depend_on_its_batch_or_length(tmp_path: Path) -> None:
    """The embedding is normalised, and rows are computed apart."""
    write_product(tmp_path / "heads.npz", 16)
    product = Product(tmp_path / "heads.npz")
    vectors = np.random.default_rng(1).normal(size=(2, 16)).astype(np.float32)
    assert product(vectors)[1] == product(5 * vectors[1:])[0]
