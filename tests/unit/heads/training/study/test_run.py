"""Laws of making points: none twice, seed by seed, cheapest first, in a budget, after a kill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from heads.training.data.dataset import Dataset
from heads.training.errors import DataError, TrackingError
from heads.training.study.material import Material, Sample
from heads.training.study.points import Point, Store, judge, read_points, write_points
from heads.training.study.run import Place, Progress, Report, cpu_seconds, outline, plan
from heads.training.study.run import run as run_outline
from heads.training.study.runs import Runs
from heads.training.study.strategies import Encoder, Kind, Prediction
from tests.support.study import material


@dataclass
class Guess:
    """A strategy that says the first label, writes down what it learnt, and may fail once."""

    name: str = "guess"
    title: str = "a guess"
    kind: Kind = "features"
    chance: bool = False
    shares: str = ""
    why: str = ""
    rate: float = 0.0
    settings: int = 0
    fails_at: int = -1
    made: list[tuple[int, int]] = field(default_factory=list)

    def lacks(self, learnt: Dataset, others: tuple[Dataset, ...]) -> str:
        """Return what the test says."""
        del learnt, others
        return self.why

    def recipe(self, rows: int, encoder: Encoder) -> Mapping[str, object]:
        """Return its settings."""
        del rows, encoder
        return {"settings": self.settings}

    def cpu_seconds(self, rows: int, judged: int) -> float:
        """Return so many seconds a row."""
        del judged
        return self.rate * rows

    def predict(self, sample: Sample, encoder: Encoder) -> Prediction:
        """Say the first label of every row."""
        del encoder
        if len(self.made) == self.fails_at:
            self.fails_at = -1
            raise KeyboardInterrupt
        self.made.append((len(sample.learnt), sample.seed))
        return Prediction(np.zeros(len(sample.judged), dtype=np.int64))


@pytest.fixture
def data(tmp_path: Path) -> Material:
    """Make 60 rows to learn from and 24 that judge."""
    return material(tmp_path / "topics")


@pytest.fixture
def encoder(tmp_path: Path) -> Encoder:
    """Return an encoder that is never opened."""
    return Encoder(tmp_path / "none", tmp_path / "cache")


def places(data: Material, encoder: Encoder, *strategies: Guess) -> list[Place]:
    """Plan points of two sizes and two seeds."""
    return plan([data], strategies, encoder, sizes=(20, 60), seeds=2)


def run(
    wanted: Sequence[Place], encoder: Encoder, store: Store, *, budget_s: float,
    report: Report = bool,
) -> Progress:  # fmt: skip
    """Look for the points and make the missing ones."""
    return run_outline(outline(wanted, store), encoder, store, budget_s=budget_s, report=report)


def digests(progress: Progress) -> set[str]:
    """Return the points' names."""
    return {point.digest for point in progress.points}


def test_what_learns_the_same_has_one_point_of_all_rows(data: Material, encoder: Encoder) -> None:
    """Where chance has no part; a strategy of chance has one a seed."""
    fixed, moved = Guess(), Guess("moved", chance=True)
    wanted = [(p.strategy.name, p.rows, p.seed) for p in places(data, encoder, fixed, moved)]

    assert sorted(w for w in wanted if w[0] == "guess") == [
        ("guess", 20, 0), ("guess", 20, 1), ("guess", 60, 0),
    ]  # fmt: skip
    assert len(wanted) == 7
    assert len(plan([replace(data, newest=True)], [fixed], encoder, sizes=(20, 60))) == 2


def test_a_strategy_that_cannot_learn_is_left_out_with_the_reason(
    data: Material, encoder: Encoder
) -> None:
    """And told once."""
    told: list[str] = []
    able, unable = Guess(), Guess("unable", why="there is no wheel")
    wanted = plan([data], [able, unable], encoder, seeds=1, report=told.append)

    assert {place.strategy.name for place in wanted} == {"guess"}
    assert told == ["topics, unable: left out, there is no wheel"]


def test_no_point_is_made_twice(data: Material, encoder: Encoder, tmp_path: Path) -> None:
    """A second study, of more sizes, makes the new points alone and returns all."""
    guess, store = Guess(), Store(tmp_path / "store")
    first = run(places(data, encoder, guess), encoder, store, budget_s=60)
    more = plan([data], [guess], encoder, sizes=(20, 40, 60), seeds=2)
    second = run(more, encoder, Store(tmp_path / "store"), budget_s=60)

    assert guess.made == [(20, 0), (60, 0), (20, 1), (40, 0), (40, 1)]
    assert digests(first) < digests(second)
    assert len(second.points) == 5


def test_a_killed_study_goes_on_where_it_was(
    data: Material, encoder: Encoder, tmp_path: Path
) -> None:
    """What was made before the kill stands, and is not made again."""
    guess, store = Guess(fails_at=2), Store(tmp_path / "store")
    wanted = places(data, encoder, guess)
    with pytest.raises(KeyboardInterrupt):
        run(wanted, encoder, store, budget_s=60)
    assert len(outline(wanted, store).waiting) == 1
    done = run(wanted, encoder, store, budget_s=60)

    assert len(done.points) == 3
    assert guess.made == [(20, 0), (60, 0), (20, 1)]


def test_another_recipe_or_other_rows_are_other_points(
    data: Material, encoder: Encoder, tmp_path: Path
) -> None:
    """The digest is of recipe, rows learnt from and rows judged."""
    fewer = replace(data, judged=data.judged.rows(np.arange(12)))
    other = material(tmp_path / "other", learnt=63)
    wanted = [
        *places(data, encoder, Guess()),
        *places(data, encoder, Guess(settings=1)),
        *places(fewer, encoder, Guess()),
        *places(other, encoder, Guess()),
    ]

    assert len({place.digest for place in wanted}) == len(wanted)
    again = places(data, encoder, Guess())
    assert [place.digest for place in again] == [place.digest for place in wanted[:3]]


def test_what_does_not_fit_the_budget_is_not_begun(
    data: Material, encoder: Encoder, tmp_path: Path
) -> None:
    """The cheapest are made, the others named as missing."""
    dear, cheap = Guess("dear", rate=9.0), Guess("cheap", rate=0.001)
    done = run(places(data, encoder, dear, cheap), encoder, Store(tmp_path / "s"), budget_s=30)

    assert {point.strategy for point in done.points} == {"cheap"}
    assert [place.name for place in done.missing] == [
        "topics, dear, 20 rows, seed 0", "topics, dear, 60 rows, seed 0",
        "topics, dear, 20 rows, seed 1",
    ]  # fmt: skip
    assert not dear.made


def test_every_size_of_a_seed_comes_before_the_next_seed(
    data: Material, encoder: Encoder, tmp_path: Path
) -> None:
    """With time for half of it there is one whole curve, not two halves of each."""
    cheap, dear = Guess("cheap", rate=0.001), Guess("dear", rate=0.01)
    run(places(data, encoder, dear, cheap), encoder, Store(tmp_path / "s"), budget_s=30)

    assert cheap.made == [(20, 0), (60, 0), (20, 1)]
    assert dear.made == [(20, 0), (60, 0), (20, 1)]


def test_what_is_reused_is_counted_once(data: Material, encoder: Encoder, tmp_path: Path) -> None:
    """The second way of reading the same tuned encoder costs no second tuning."""
    one, two = Guess("one", rate=1.0, shares="same"), Guess("two", rate=1.0, shares="same")
    wanted = places(data, encoder, one, two)

    assert outline(wanted, Store(tmp_path / "store")).cpu_s == {"one": 100.0, "two": 0.0}


def test_costs_are_estimated_from_points_of_the_same_kind(
    data: Material, encoder: Encoder, tmp_path: Path
) -> None:
    """Scaled by the strategy's rates from the nearest size; by those alone without a point."""
    guess, store = Guess(rate=1.0), Store(tmp_path / "store")
    small, _, large = places(data, encoder, guess)
    point = run([small], encoder, store, budget_s=60).points[0]

    assert cpu_seconds(large, []) == 60.0
    assert cpu_seconds(large, [replace(point, cpu_s=2.0)]) == pytest.approx(6.0)
    assert outline([small, large], store).cpu_s["guess"] == pytest.approx(3 * point.cpu_s)


def test_texts_are_counted_by_material(data: Material, encoder: Encoder, tmp_path: Path) -> None:
    """Two of one size are twice as many; points of one material are one."""
    store, other = Store(tmp_path / "store"), replace(data, name="others")
    wanted = [*places(data, encoder, Guess()), *places(other, encoder, Guess())]

    assert outline(wanted[:3], store).texts == len(data.learnt) + len(data.judged) == 84
    assert outline(wanted, store).texts == 168


def test_what_reuses_a_sample_follows_at_once(
    data: Material, encoder: Encoder, tmp_path: Path
) -> None:
    """Strategies of one word learn from the same sample one after the other."""
    order: list[str] = []
    strategies = [
        Guess("b", shares="x", rate=0.01), Guess("a", shares="x"), Guess("c", rate=0.005)
    ]  # fmt: skip
    run(
        places(data, encoder, *strategies), encoder, Store(tmp_path / "s"), budget_s=60,
        report=lambda line: order.append(line.partition(":")[0]),
    )  # fmt: skip

    pairs = [line for line in order if ", c," not in line]
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        assert first.split(", ")[2:] == second.split(", ")[2:]


class Kept:
    """Records in memory, as MLflow keeps them."""

    def __init__(self) -> None:
        self.points: dict[str, str] = {}

    def find(self, data: str, digest: str) -> str | None:
        """Return a point's JSON."""
        assert data == "topics"
        return self.points.get(digest)

    def keep(self, point: Point) -> None:
        """Keep its JSON."""
        self.points[point.digest] = point.dumps()


def test_a_point_of_the_records_or_of_a_file_is_not_made_again(
    data: Material, encoder: Encoder, tmp_path: Path
) -> None:
    """Two machines share MLflow, or the file that ships; each has its own folder."""
    records, guess = Kept(), Guess()
    wanted = places(data, encoder, guess)
    first = run(wanted, encoder, Store(tmp_path / "one", records), budget_s=60)
    second = run(wanted, encoder, Store(tmp_path / "two", records), budget_s=60)
    write_points(first.points, tmp_path / "points.jsonl")
    third = run(wanted, encoder, Store(tmp_path / "three", None, tmp_path / "points.jsonl"),
                budget_s=60)  # fmt: skip

    assert len(guess.made) == len(records.points) == 3
    assert digests(first) == digests(second) == digests(third)
    assert list(read_points(tmp_path / "points.jsonl")) == sorted(
        first.points, key=lambda point: (point.rows, point.seed)
    )


class Away:
    """An MLflow that does not answer, or stops after so many calls; counts its calls."""

    def __init__(self, answers: int = 0) -> None:
        self.answers, self.calls = answers, 0

    def tags_of_run(self, name: str, key: str, value: str) -> Mapping[str, str] | None:
        """Have no run."""
        del name, key, value
        self._called()
        return None

    def log_figures(
        self, name: str, title: str, params: Mapping[str, str], metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> str:  # fmt: skip
        """Log nothing."""
        del name, title, params, metrics, tags
        self._called()
        return "run"

    def _called(self) -> None:
        self.calls += 1
        if self.calls > self.answers:
            raise TrackingError("http://mlflow: nobody there")


@pytest.mark.parametrize(("answers", "calls"), [(0, 1), (3, 4), (4, 5), (99, 6)])
def test_records_that_are_away_are_asked_once(
    data: Material, encoder: Encoder, tmp_path: Path, answers: int, calls: int
) -> None:
    """And said so once; every point is made and kept. Records that are there have one look each."""
    lines: list[str] = []
    away = Away(answers)
    store = Store(tmp_path / "store", Runs(away, lines.append))
    done = run(places(data, encoder, Guess()), encoder, store, budget_s=60)

    assert len(done.points) == len(list((tmp_path / "store").glob("*.json"))) == 3
    assert away.calls == calls
    assert len(lines) == (answers < 6)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """It is not taken for a point that is missing."""
    (tmp_path / "abc.json").write_text("{")
    with pytest.raises(DataError, match=r"abc\.json: not a point"):
        Store(tmp_path).find("topics", "abc")


def test_figures_are_of_the_judged_rows(data: Material) -> None:
    """All right is 1 on every draw of writers; one label for all is a third right, F1 a sixth."""
    right = judge(data.judged, data.judged.truth)
    f1, accuracy, drawn = judge(data.judged, np.zeros(24, dtype=np.int64))

    assert right[:2] == (1.0, 1.0)
    assert set(right[2]) == {1.0}
    assert (f1, accuracy) == pytest.approx((1 / 6, 1 / 3), abs=1e-4)
    assert len(drawn) == 200
    assert min(drawn) < f1 < max(drawn)
