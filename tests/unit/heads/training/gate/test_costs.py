"""Laws of what decisions cost: prices, what may stand in costs.toml, what the gate refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from heads.bundle.writing import write_bundle
from heads.errors import GateError
from heads.manifest import parse
from heads.storage.folder import FolderCatalog
from heads.training.commands.train import CATALOG
from heads.training.data.tables import Record
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.gate.costs import FILE, Answered, compare_costs, parse_costs
from heads.training.gate.review import review
from heads.training.gate.review_report import cost_line
from heads.training.gate.rows import Rows
from tests.support.bundles import feature_rows, table, weights
from tests.support.roles import point
from tests.support.vectors import TextVectors

LABELS = ("buy", "ask", "stop")
PRICES = b"abstain = 1\nwrong = 5\n[decided.stop]\nbuy = 100\n"
TRUTH = np.array([0, 0, 1, 2] * 30)
AUTHORS = tuple(f"p{n // 2}" for n in range(120))
NEVER = np.zeros(120, dtype=bool)


def costs_of(best: np.ndarray, abstained: np.ndarray = NEVER) -> Any:
    """Compare a version that is always right with one that decides so."""
    costs = parse_costs(PRICES, LABELS, FILE)
    both = (Answered(TRUTH, NEVER), Answered(best, abstained))
    return compare_costs(costs, LABELS, TRUTH, both, AUTHORS, 0.95)


def test_a_cost_is_the_mean_price_of_a_thousand_replies() -> None:
    """Right costs nothing, wrong its price by what was decided and true, abstaining its own."""
    right = costs_of(TRUTH)
    assert (right.rows, right.old, right.new, right.low, right.worse) == (120, 0, 0, 0, False)
    quarter = np.arange(120) % 4 == 0
    assert costs_of(np.where(quarter, 2, TRUTH)).new == pytest.approx(25_000)
    assert costs_of(np.where(quarter, 1, TRUTH)).new == pytest.approx(1_250)
    assert costs_of(np.where(quarter, 2, TRUTH), quarter).new == pytest.approx(250)


def test_only_what_chance_does_not_explain_is_dearer() -> None:
    """One dear mistake of one author proves nothing; the same one by many does."""
    one = costs_of(np.where(np.arange(120) == 0, 2, TRUTH))
    assert one.new > one.old
    assert not one.worse
    many = costs_of(np.where(np.arange(120) % 8 == 0, 2, TRUTH))
    assert many.low > 0
    assert many.high > many.new - many.old > many.low
    assert many.worse
    assert costs_of(np.where(np.arange(120) % 8 == 0, 2, TRUTH)) == many


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"wrong = -1", "wrong: Input should be greater"),
        (b"abstain = 1", "wrong: Field required"),
        (b"wrong = 1\nabstian = 2", "abstian: Extra inputs"),
        (b"wrong = nan", "wrong: "),
        (b"wrong", "not TOML"),
        (b"wrong = 1\n[decided.maybe]\nbuy = 2", "no such label: maybe"),
        (b"wrong = 1\n[decided.buy]\nmaybe = 2", "no such label: maybe"),
        (b"wrong = 1\n[decided.buy]\nbuy = 2", "buy decided where true"),
    ],
)
def test_prices_that_are_not_right_are_refused(content: bytes, problem: str) -> None:
    """File and key are named, and a gate with broken prices lets nothing through."""
    with pytest.raises(GateError, match=problem) as refused:
        parse_costs(content, LABELS, f"catalog/topic/{FILE}")
    assert str(refused.value).startswith(f"catalog/topic/{FILE}: ")


@pytest.mark.parametrize("path", sorted(CATALOG.glob(f"*/{FILE}")), ids=lambda p: p.parent.name)
def test_shipped_prices_are_of_the_labels_of_their_head(path: Path) -> None:
    """No mistake is cheaper than asking a person."""
    manifest = parse((path.parent / "1" / "head.toml").read_bytes(), str(path))
    costs = parse_costs(path.read_bytes(), manifest.labels, str(path))
    wrong = costs.matrix(manifest.labels)[~np.eye(len(manifest.labels), dtype=bool)]
    assert wrong.min() > costs.abstain


def put(catalog: Path, version: str, thresholds: float) -> None:
    """Write a version of the same weights that abstains below these thresholds."""
    limits = dict.fromkeys(LABELS, thresholds)
    made = table("topic", version, labels=LABELS, gate={"min_rows": 10}, thresholds=limits)
    extra = {"rows.json": json.dumps({"rows": []}).encode()}
    write_bundle(catalog, made, weights(made, 0), feature_rows(3), extra)


@pytest.mark.parametrize(("abstain", "refused"), [(4.9, True), (0.1, False)])
def test_the_gate_refuses_a_dearer_version_of_equal_f1(
    abstain: float, refused: bool, tmp_path: Path
) -> None:
    """Version 2 abstains always: F1 sees no difference, prices do; without prices it passes."""
    put(tmp_path, "1", 0.0)
    put(tmp_path, "2", 1.0)
    point(tmp_path / "topic", "production", "1")
    path = Path("rows.jsonl")
    rows = [{"text": "so " * n + "it is", "topic": LABELS[n % 3], "author": n} for n in range(90)]
    records = [Record(path, n, row) for n, row in enumerate(rows)]
    given = Rows(records, "text", "last_outbound", "topic", "author", trusted=False)
    store = cast("EmbeddingStore", TextVectors())
    plain = review(FolderCatalog(tmp_path), "topic", "2", given, lambda _: store)
    assert (plain.reasons, plain.cost, cost_line(plain)) == ((), None, [])
    assert "cost_per_1000" not in plain.record()
    (tmp_path / "topic" / FILE).write_text(f"abstain = {abstain}\nwrong = 5")
    result = review(FolderCatalog(tmp_path), "topic", "2", given, lambda _: store)
    assert [reason.startswith("cost of 1,000") for reason in result.reasons] == [True] * refused
    assert result.record()["cost_per_1000"]["new"] == pytest.approx(1000 * abstain, abs=0.01)
    assert cost_line(result)[0].endswith("dearer" if refused else "ok")
    assert result.figures == plain.figures
