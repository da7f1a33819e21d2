"""Statistics on real databases: the same from hourly figures, from rows, and by plain counting."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3
from sqlalchemy import Engine, func, select, update

from gateway.prediction_log.life_models import HourlyFigure, HourlyState
from gateway.prediction_log.models import Prediction
from gateway.prediction_log.queries.retention import delete_rows, old_rows
from gateway.prediction_log.retention import Retention
from gateway.prediction_log.statistics import rollup
from gateway.prediction_log.statistics.answer import Statistics, statistics
from gateway.prediction_log.statistics.buckets import bucket_of
from gateway.prediction_log.statistics.counting import MOST_TAG_VALUES, count_hour
from gateway.prediction_log.statistics.query import HOUR, StatisticsQuery, Window, hour_of
from gateway.prediction_log.statistics.reading import read
from gateway.prediction_log.subjects import erase
from gateway.prediction_log.values import Subject
from tests.support.log_rows import START, Rows, migrated, random_rows
from tests.support.logged_gateway import logged_gateway

pytestmark = pytest.mark.service

HOURS = 6
WINDOW = Window(START, START + HOURS * HOUR)
LATER = START + timedelta(days=1)
ROWS = random_rows(7, 600, HOURS)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Yield an empty log of each kind of database."""
    with migrated(request.param, tmp_path) as database:
        yield database


def ask(engine: Engine, query: StatisticsQuery) -> Statistics:
    """Ask a question."""
    with engine.connect() as connection:
        return statistics(query, read(connection, query))


def test_statistics_are_those_of_the_rows(engine: Engine) -> None:
    """For 40 random questions, rolled up or not, counts are what a loop over all rows counts."""
    ROWS.insert(engine)
    with engine.begin() as connection:
        rollup.mark_stale(connection, [START, START + 2 * HOUR])
    assert len(rollup.roll_up(engine, LATER)) == 2
    questions = list(_questions(40))
    before = [ask(engine, query) for query in questions]

    for query, answer in zip(questions, before, strict=True):
        _require_counted(query, answer, ROWS)
    rollup.roll_up_window(engine, WINDOW, LATER)
    for query, answer in zip(questions, before, strict=True):
        rolled = ask(engine, query)
        assert rolled.hours_from_rows == 0
        assert _counts_of(rolled) == _counts_of(answer)


def test_figures_that_are_stored_are_those_of_the_rows(engine: Engine) -> None:
    """An hour's stored figures are equal to what counting its rows again gives, and come once."""
    ROWS.insert(engine)
    assert rollup.roll_up_window(engine, WINDOW, LATER) == HOURS
    assert rollup.roll_up_window(engine, WINDOW, LATER) == HOURS

    names = ("tenant", "kind", "name", "version", "role", "value", "rows", "total", "squares")
    columns = [getattr(HourlyFigure, name) for name in names]
    with engine.connect() as connection:
        for hour in WINDOW.hours():
            query = select(*columns).where(HourlyFigure.hour == hour)
            stored = {tuple(row[:6]): tuple(row[6:]) for row in connection.execute(query)}
            counted = {
                (f.tenant, f.kind, f.name, f.version, f.role, f.value):
                (f.rows, pytest.approx(f.total), pytest.approx(f.squares))
                for f in count_hour(connection, hour)
            }  # fmt: skip
            assert stored == counted


def test_both_databases_put_a_time_into_the_same_bucket(engine: Engine) -> None:
    """The bucket that SQL finds is the one that `bucket_of` names."""
    ROWS.insert(engine)
    wanted = Counter(
        (row["tenant"], str(bucket_of(row["total_ms"])))
        for row in ROWS.predictions
        if hour_of(row["at"]) == START
    )
    with engine.connect() as connection:
        figures = [f for f in count_hour(connection, START) if f.kind == "latency"]
    assert {(f.tenant, f.value): f.rows for f in figures if f.name == "total"} == wanted


def test_an_hour_counts_again_when_a_row_comes_late(engine: Engine) -> None:
    """Statistics are right at once, from rows; the next count stores what they say."""
    early, late = ROWS.predictions[:-1], ROWS.predictions[-1]
    Rows(early, [], []).insert(engine)
    rollup.roll_up_window(engine, WINDOW, LATER)
    Rows([late], [], []).insert(engine)
    with engine.begin() as connection:
        rollup.mark_stale(connection, [late["at"]])

    answer = ask(engine, StatisticsQuery(WINDOW))
    assert (answer.decisions.volume, answer.hours_from_rows) == (len(ROWS.predictions), 1)
    assert rollup.roll_up(engine, LATER) == []  # counted a moment ago
    again = LATER + rollup.AGAIN_AFTER
    assert rollup.roll_up(engine, again) == [hour_of(late["at"])]
    assert rollup.roll_up(engine, again) == []
    answer = ask(engine, StatisticsQuery(WINDOW))
    assert (answer.decisions.volume, answer.hours_from_rows) == (len(ROWS.predictions), 0)


def test_an_hour_is_counted_only_after_its_end(engine: Engine) -> None:
    """While an hour runs its rows are read; nothing is stored that is soon wrong."""
    with engine.begin() as connection:
        rollup.mark_stale(connection, [START])
    assert rollup.roll_up(engine, START + HOUR) == []
    assert rollup.roll_up(engine, START + HOUR + rollup.LATE) == [START]


def test_rows_that_come_while_an_hour_is_counted_make_it_stale(engine: Engine) -> None:
    """Whoever writes marks last: a count that began before leaves the hour to be counted again."""
    Rows(ROWS.predictions, [], []).insert(engine)
    rollup.roll_up_window(engine, WINDOW, LATER)
    with engine.begin() as connection:
        connection.execute(update(Prediction).values(intent="changed"))
        rollup.mark_stale(connection, WINDOW.hours())
    with engine.connect() as connection:
        stale = select(func.count()).select_from(HourlyState).where(HourlyState.stale)
        assert connection.execute(stale).scalar() == HOURS
    assert set(ask(engine, StatisticsQuery(WINDOW)).decisions.intents) == {"changed"}


def test_a_tag_with_a_value_a_mail_does_not_swell_the_figures(engine: Engine) -> None:
    """The most frequent are counted apart, the others together; what are no tags, not at all."""
    count = MOST_TAG_VALUES + 30
    rows = [
        {**row, "tenant": "", "at": START, "tags": {"each": str(number), "all": "1"}}
        for number, row in enumerate(random_rows(3, count).predictions)
    ]
    odd = [{**rows[0], "id": str(place), "tags": tags} for place, tags in enumerate((None, [1], 2))]
    Rows([*rows, *odd], [], []).insert(engine)
    rollup.roll_up_window(engine, WINDOW, LATER)

    with engine.connect() as connection:
        figures = [f for f in count_hour(connection, START) if f.kind == "tag"]
    values = {f.value for f in figures if f.name == "each"}
    assert len(values) == MOST_TAG_VALUES + 1
    groups = ask(engine, StatisticsQuery(WINDOW, tag="each")).tag_groups
    assert sum(group.volume for group in groups) == count
    assert groups[-1].value == ""
    (group,) = ask(engine, StatisticsQuery(WINDOW, tag="all")).tag_groups
    assert (group.value, group.volume) == ("1", count)


def test_who_is_erased_is_out_of_statistics(engine: Engine) -> None:
    """At once, counted from the rows that remain, and in the figures that are stored next."""
    mine = {"tenant": "acme", "subject_ref": "s-1"}
    rows = [{**row, **(mine if place < 9 else {})} for place, row in enumerate(ROWS.predictions)]
    Rows(rows, [], []).insert(engine)
    rollup.roll_up_window(engine, WINDOW, LATER)
    with engine.begin() as connection:
        erase(connection, Subject("acme", "s-1"), "key", None)

    answer = ask(engine, StatisticsQuery(WINDOW))
    assert answer.decisions.volume == len(rows) - 9
    assert 0 < answer.hours_from_rows < 7
    assert rollup.roll_up(engine, LATER + rollup.AGAIN_AFTER, most=9)
    answer = ask(engine, StatisticsQuery(WINDOW))
    assert (answer.decisions.volume, answer.hours_from_rows) == (len(rows) - 9, 0)


def test_figures_are_kept_no_longer_than_rows(engine: Engine) -> None:
    """Each tenant's go with its rows, by its own days; a purge leaves the others'."""
    Rows(ROWS.predictions, [], []).insert(engine)
    rollup.roll_up_window(engine, WINDOW, LATER)
    kept = Retention(180, 30, {"acme": (10, 10)})
    tenants = select(HourlyFigure.tenant).distinct()
    for days, left in ((20, {"", "globex"}), (200, set())):
        with engine.begin() as connection:
            for rows in old_rows(kept, START + timedelta(days=days)):
                delete_rows(connection, rows)
            assert set(connection.execute(tenants).scalars()) == left


def test_a_gateway_counts_what_it_has_answered(tmp_path: Path) -> None:
    """Through real processes: answers, spool, drainer, database, and the route."""
    with logged_gateway(tmp_path, f"sqlite:///{tmp_path / 'predictions.db'}") as gateway:
        for text in ("What would 20 seats cost?", "What would 20 seats cost?", "Not for us."):
            assert gateway.ask(text) == 200
        gateway.require_once()
        reply = urllib3.request("GET", f"{gateway.url}/v1/statistics?head=intent")
    decisions = reply.json()["decisions"]
    assert decisions["volume"] == 3
    assert {path: share["rows"] for path, share in decisions["cache"].items()} in (
        {"miss": 2, "answer": 1},
        {"miss": 2, "hit": 1},  # the other worker was asked
    )
    (head,) = reply.json()["heads"]
    assert [(each["version"], each["volume"]) for each in head["versions"]] == [("1", 3)]


def _questions(count: int) -> Iterator[StatisticsQuery]:
    chance = random.Random(11)
    for _ in range(count):
        first = chance.randrange(HOURS)
        last = chance.randrange(first, HOURS) + 1
        window = Window(START + first * HOUR, START + last * HOUR)
        tenants = chance.choice([None, ("acme",), ("acme", "globex"), ("",), ("nobody",)])
        head = chance.choice([None, "intent", "has_opt_out"])
        version = chance.choice([None, "1", "2"]) if head else None
        tag = chance.choice([None, "variant", "rep"])
        group = None if tag else chance.choice([None, "hour", "day"])
        yield StatisticsQuery(window, tenants, head, version, group, tag)  # type: ignore[arg-type]


def _require_counted(query: StatisticsQuery, answer: Statistics, rows: Rows) -> None:
    """Assert that an answer holds what a loop over the rows counts."""
    predictions = [row for row in rows.predictions if _is_in(query, row, row["at"])]
    decisions = answer.decisions
    assert decisions.volume == len(predictions)
    assert decisions.abstained.rows == sum(row["abstained"] for row in predictions)
    for kind, column, absent in (
        ("intents", "intent", "none"), ("opt_outs", "opt_out", "unknown"),
        ("cache", "cache_path", "none"), ("decided_by", "decided_by", "none"),
    ):  # fmt: skip
        counted = Counter(row[column] or absent for row in predictions)
        assert {v: p.rows for v, p in getattr(decisions, kind).items()} == counted
    if predictions:
        latency = decisions.latency_ms["total"]
        times = sorted(row["total_ms"] for row in predictions)
        assert latency.mean == pytest.approx(sum(times) / len(times))
        assert latency.p50 == pytest.approx(times[(len(times) - 1) // 2], rel=0.13)
    _require_heads(query, answer, rows)
    by_hour = Counter(_group(query, row["at"]) for row in predictions) if query.group else {}
    assert {group.at: group.decisions.volume for group in answer.groups} == by_hour
    tagged = [row for row in predictions if query.tag in row["tags"]]
    assert {group.value: group.volume for group in answer.tag_groups} == Counter(
        row["tags"][query.tag] for row in tagged
    )


def _require_heads(query: StatisticsQuery, answer: Statistics, rows: Rows) -> None:
    answers = [
        row for row in rows.heads
        if _is_in(query, row, row["at"])
        and query.head in (None, row["head"]) and query.version in (None, row["version"])
    ]  # fmt: skip
    ok = [row for row in answers if row["status"] == "ok"]
    judged = [
        row for row in rows.feedback
        if _is_in(query, row, row["prediction_at"])
        and row["state"] != "rejected" and row["superseded_by"] is None
        and query.head in (None, row["head"]) and query.version in (None, row["head_version"])
    ]  # fmt: skip
    shown = {(head.head, each.version): each for head in answer.heads for each in head.versions}
    volumes = {key: each.volume for key, each in shown.items()}
    assert volumes == Counter((row["head"], row["version"]) for row in answers)
    for key, each in shown.items():
        own = [row for row in ok if (row["head"], row["version"]) == key]
        assert {label: f.answers.rows for label, f in each.labels.items()} == Counter(
            row["label"] for row in own
        )
        acted = [row["probability"] for row in own if not row["abstained"]]
        assert each.abstained.rows == len(own) - len(acted)
        if acted and each.expected_accuracy:
            assert each.expected_accuracy.value == pytest.approx(sum(acted) / len(acted))
        verdicts = [row for row in judged if (row["head"], row["head_version"]) == key]
        assert each.feedback.judged == len(verdicts)
        right = sum(row["label"] == row["answered_label"] for row in verdicts)
        assert each.feedback.right.rows == right


def _is_in(query: StatisticsQuery, row: dict[str, Any], at: datetime) -> bool:
    inside = query.window.start <= at < query.window.end
    return inside and (query.tenants is None or row["tenant"] in query.tenants)


def _group(query: StatisticsQuery, at: datetime) -> datetime:
    hour = hour_of(at)
    return hour.replace(hour=0) if query.group == "day" else hour


def _counts_of(answer: Statistics) -> Any:
    """Return all that an answer counts, not its sums of floats."""
    return (
        answer.decisions.volume,
        {name: value.rows for name, value in answer.decisions.intents.items()},
        [(h.head, v.version, v.statuses, v.roles) for h in answer.heads for v in h.versions],
        [(group.at, group.decisions.volume) for group in answer.groups],
        [(group.value, group.volume) for group in answer.tag_groups],
    )
