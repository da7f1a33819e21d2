"""Which rows are chosen, when it is enough, and which labels are doubted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from heads.__main__ import main
from heads.training.data.provenance import held_out_rows
from heads.training.errors import TooFewRowsError
from heads.training.labelling.label_errors import find_label_errors
from heads.training.labelling.selection import HeadLabels, choose
from heads.training.labelling.simulation import Curve, compare, full_macro_f1, simulate
from heads.training.labelling.stopping import last_gain
from heads.training.labelling.strategies import doubtful_rows, margins, random_rows, typical_rows
from tests.support.vectors import TextVectors

CLASSES, DIM = 4, 16


def blobs(
    count: int, seed: int = 0, spread: float = 0.35
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Draw rows of length 1 about one direction a class, the last class being rare."""
    draw = np.random.default_rng(seed)
    truth = draw.choice(CLASSES, size=count, p=[0.45, 0.3, 0.2, 0.05])
    x = np.eye(CLASSES, DIM)[truth] + spread * draw.normal(size=(count, DIM))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32), truth


def head_of(truth: NDArray[np.int64], known: NDArray[np.bool_], name: str = "topic") -> HeadLabels:
    """Return a head of one label a row."""
    targets = np.eye(CLASSES, dtype=np.float32)[truth]
    return HeadLabels(name, True, targets, known)


def test_typical_rows_cover_every_cluster_and_repeat_themselves() -> None:
    """As many rows as there are groups: one of each, nothing labelled, the same every time."""
    x, truth = blobs(400, spread=0.1)
    nothing = np.zeros(400, dtype=bool)

    chosen = typical_rows(x, nothing, CLASSES, seed=1)

    assert sorted(truth[chosen]) == list(range(CLASSES))
    assert typical_rows(x, nothing, CLASSES, seed=1).tolist() == chosen.tolist()
    labelled = nothing.copy()
    labelled[chosen] = True
    again = typical_rows(x, labelled, 30, seed=1)
    assert len(set(again)) == 30
    assert not labelled[again].any()


@pytest.mark.parametrize("count", [0, 1, 7, 50])
def test_every_strategy_gives_as_many_rows_as_there_are(count: int) -> None:
    """A pool that runs out gives what it has, each row once."""
    x, _ = blobs(20)
    labelled = np.arange(20) >= 7

    for rows in (
        typical_rows(x, labelled, count, 0),
        random_rows(labelled, count, 0),
        doubtful_rows([np.arange(20.0)], labelled, count),
    ):
        assert len(set(rows.tolist())) == len(rows) == min(count, 7)
        assert not labelled[rows].any()


def test_rows_in_doubt_come_first_and_several_heads_share_a_look() -> None:
    """The smallest margin; of two heads the best mean of ranks, so that no scale wins."""
    scores = np.array([[0.5, 0.4, 0.1], [0.9, 0.05, 0.05], [0.34, 0.33, 0.33]])
    free = np.zeros(3, dtype=bool)

    assert doubtful_rows([margins(scores)], free, 3).tolist() == [2, 0, 1]
    yes = np.array([[0.99], [0.5], [0.4]])
    assert margins(yes).round(2).tolist() == [0.98, 0.0, 0.2]
    assert doubtful_rows([margins(scores), margins(yes) / 1000], free, 1).tolist() == [2]


def test_typical_rows_until_a_head_knows_enough_then_doubtful_ones() -> None:
    """Three rounds of labels, counted for the head that has fewest; a free row only."""
    x, truth = blobs(300)
    free = np.arange(300) % 2 == 0
    known = ~free & (np.arange(300) < 50)
    head, fresh = head_of(truth, known), head_of(truth, known & (np.arange(300) < 5), "fresh")

    late = choose(x, [head], free, 8)
    early = choose(x, [head, fresh], free, 8)

    assert (late.strategy, early.strategy) == ("margin", "typical")
    assert free[late.rows].all()
    assert free[early.rows].all()
    assert late.margins["topic"].shape == (300,)


def test_flipped_labels_are_found_first() -> None:
    """Of 5 % labels flipped at least 60 % stand in the first 10 % that are shown."""
    x, truth = blobs(1000, spread=0.25)
    draw = np.random.default_rng(3)
    flipped = draw.choice(1000, size=50, replace=False)
    noisy = truth.copy()
    noisy[flipped] = (noisy[flipped] + 1 + draw.integers(CLASSES - 1, size=50)) % CLASSES
    authors = [f"a{row // 5}" for row in range(1000)]

    found = find_label_errors(x, head_of(noisy, np.ones(1000, dtype=bool)), authors)

    shown = set(found.rows[:100].tolist())
    assert len(shown.intersection(flipped.tolist())) >= 30
    assert np.mean(np.isin(found.rows[found.suspect], flipped)) > 0.5
    assert (np.diff(found.margins) >= 0).all()
    with pytest.raises(TooFewRowsError):
        find_label_errors(x, head_of(truth, np.arange(1000) < 3), authors)


def test_labels_stop_where_the_last_ones_brought_nothing() -> None:
    """Plenty of easy rows: the interval ends below the bound; of few hard ones it does not."""
    easy_x, easy = blobs(900, spread=0.05)
    hard_x, hard = blobs(160, spread=0.9)
    authors = [f"a{row // 4}" for row in range(900)]

    enough = last_gain(easy_x, head_of(easy, np.ones(900, dtype=bool)), authors)
    scarce = last_gain(hard_x, head_of(hard, np.ones(160, dtype=bool)), authors)

    assert enough is not None
    assert enough.stop_at(0.005)
    assert scarce is not None
    assert not scarce.stop_at(0.005)
    assert last_gain(hard_x, head_of(hard, np.arange(160) < 40), authors) is None


def test_a_simulation_never_chooses_from_the_authors_it_tests_on() -> None:
    """The curve ends at the share asked for; labels are counted round by round."""
    x, truth = blobs(500, spread=0.2)
    authors = [f"a{row // 5}" for row in range(500)]

    head = head_of(truth, np.ones(500, dtype=bool))
    full = full_macro_f1(x, head, authors, seed=0)

    curve = simulate(x, head, authors, "tcm", seed=0, batch=8, most=80, full=full)

    assert curve.labels == tuple(range(8, 8 * len(curve.labels) + 1, 8))
    assert curve.needed() <= 80


def test_strategies_are_compared_seed_by_seed() -> None:
    """Five wins of five have a chance of 1 in 32; no curve that never arrives makes a ratio low.

    One of chance counts with its labels so far, one of the strategy without an end.
    """

    def curve(labels: int, *, arrives: bool = True) -> Curve:
        return Curve("tcm", 0, (labels,), (0.8 if arrives else 0.1,), 0.8)

    won = compare([curve(40)] * 5, [curve(100)] * 5)
    beaten = compare([curve(40)], [curve(100, arrives=False)])
    lost = compare([curve(40, arrives=False), curve(40)], [curve(100)] * 2)

    assert (won.ratio, won.p_value) == (0.4, 1 / 32)
    assert list(beaten.needed) == [(40, float("inf"))]
    assert beaten.ratio == 0.4
    assert list(lost.needed) == [(float("inf"), 100), (40, 100)]
    assert (lost.ratio, lost.p_value) == (float("inf"), 0.75)


def test_the_command_leaves_out_what_the_gate_keeps_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chosen rows are unlabelled, no author's of the hold-out, of no evaluation, and each once."""
    monkeypatch.setattr(
        "heads.training.commands.label.open_store", lambda *_: TextVectors(layers=6)
    )
    rows = [
        {"text": "word " * (number % 40 + 1) + str(number), "author": f"a{number // 3}"}
        for number in range(200)
    ]
    labelled = [{**row, "topic": ("x", "y")[number % 2]} for number, row in enumerate(rows[:30])]
    pool, never = tmp_path / "pool.jsonl", tmp_path / "never.jsonl"
    everything = [*labelled, *rows[30:], rows[150]]
    pool.write_text("".join(json.dumps(row) + "\n" for row in everything))
    never.write_text("".join(json.dumps(row) + "\n" for row in rows[30:60]))
    out = tmp_path / "queue.jsonl"

    arguments = ["select", str(pool), "--head", "topic", "--never", str(never), "--out", str(out)]
    result = CliRunner().invoke(main, [*arguments, "--count", "500"])

    assert result.exit_code == 0, result.output
    chosen = [json.loads(line) for line in out.read_text().splitlines()]
    texts = [row["text"] for row in chosen]
    apart = held_out_rows([row["author"] for row in everything], [r["text"] for r in everything])
    allowed = {row["text"] for row, held in zip(everything, apart, strict=True) if not held}
    assert len(set(texts)) == len(texts) > 50
    assert set(texts) <= allowed - {row["text"] for row in rows[:60]}
    assert [row["selection"]["rank"] for row in chosen] == list(range(1, len(chosen) + 1))
    assert "too few to stop" in result.output


def test_an_empty_pool_is_told(tmp_path: Path) -> None:
    """A file without rows is an error, not an empty queue."""
    (tmp_path / "pool.jsonl").write_text("")
    arguments = ["select", str(tmp_path / "pool.jsonl"), "--head", "topic"]

    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert "no row to choose from" in result.output
