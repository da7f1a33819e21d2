"""A report's page: nothing loaded, every picture in words too; and the commands, on SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, func, select

from gateway.__main__ import main
from gateway.prediction_log.drift.measures import Distance
from gateway.prediction_log.drift.references import HeadVersion
from gateway.prediction_log.drift.windows import Drift
from gateway.prediction_log.life_models import HourlyFigure
from gateway.prediction_log.statistics.answer import Statistics, statistics
from gateway.prediction_log.statistics.charts import WIDTH, Item, columns
from gateway.prediction_log.statistics.query import HOUR, StatisticsQuery, Window
from gateway.prediction_log.statistics.reading import read
from gateway.prediction_log.statistics.report import render
from tests.support.log_rows import START, Rows, migrated, random_rows

WINDOW = Window(START, START + 6 * HOUR)
EVIL = "<script>alert(1)</script>"
DRIFT = [
    Drift(START, HeadVersion("intent", "2"), "label_mix", 900, Distance(0.1, 0.05)),
    Drift(START, HeadVersion("mean@3", "sha256:" + "a" * 64), "embedding", 300, Distance(0, 0.1)),
]


class Page(HTMLParser):
    """What a page holds: its tags in order, and all that it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.words += data


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Yield a log of some hundred answers, one tag's value being no friend."""
    rows = random_rows(4, 300)
    for row in rows.predictions[:20]:
        row["tags"] = {"variant": EVIL}
    with migrated("sqlite", tmp_path) as database:
        rows.insert(database)
        yield database


def ask(engine: Engine, query: StatisticsQuery) -> Statistics:
    """Ask a question."""
    with engine.connect() as connection:
        return statistics(query, read(connection, query))


@pytest.fixture
def page(engine: Engine) -> str:
    """Return a report with all of its parts."""
    whole = ask(engine, StatisticsQuery(WINDOW, group="hour"))
    tags = {"variant": ask(engine, StatisticsQuery(WINDOW, tag="variant"))}
    return render(whole, tags, DRIFT, ("acme", ""), START)


def test_a_report_loads_nothing_and_runs_nothing(page: str) -> None:
    """No script, no link, no address; what callers sent is text."""
    shown = Page(page)
    assert not {"script", "link", "img", "iframe", "object", "a", "form"} & set(shown.tags)
    names = {name for name, _ in shown.attributes}
    assert not {"src", "href", "srcset", "style", "action"} & names
    assert not [name for name in names if name.startswith("on")]
    assert "http" not in page
    assert "url(" not in page
    assert "@import" not in page
    assert EVIL not in page
    assert EVIL in shown.words


def test_every_picture_has_a_name_words_and_a_table(page: str) -> None:
    """Each is named by its own title and description, and a table follows with the same."""
    shown = Page(page)
    pictures = shown.tags.count("svg")
    assert pictures >= 8
    assert shown.tags.count("desc") == shown.tags.count("figure") == pictures
    ids = [value for name, value in shown.attributes if name == "id"]
    assert len(ids) == len(set(ids)) == 2 * pictures
    labels = [value for name, value in shown.attributes if name == "aria-labelledby"]
    assert sorted(ids) == sorted(" ".join(labels).split())
    assert shown.tags.count("caption") == shown.tags.count("table")
    assert 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page


def test_a_report_says_what_misleads(page: str) -> None:
    """The notes of all its parts stand once, above the pictures."""
    assert page.count("People correct what is wrong") == 1
    assert page.count("Holm") == 1
    assert page.index("People correct") < page.index("<svg")
    assert "1 of 2 lie beyond it" in page


def test_a_window_without_answers_is_a_page_too(engine: Engine) -> None:
    """It says that there are none."""
    later = Window(START + 90 * HOUR, START + 95 * HOUR)
    page = render(ask(engine, StatisticsQuery(later, group="day")), {}, [], None, START)
    assert "No email was answered in this time." in page
    assert "all tenants" in page


@pytest.mark.parametrize("count", [1, 2, 3, 7, 24, 48, 168])
@pytest.mark.parametrize("label", ["02 Nov", "02 Nov 08:00"])
def test_names_below_columns_never_meet(count: int, label: str) -> None:
    """First and last are named, and a letter of 7 units leaves space between any two names."""
    drawn = columns([Item(label, number, "") for number in range(count)]).columns
    width, ends = 7 * len(label), []
    for column in drawn:
        if column.name:
            middle = column.x + column.width / 2
            begin = {"start": 0.0, "end": WIDTH - width}.get(column.anchor, middle - width / 2)
            ends.append((begin, begin + width))
    assert drawn[0].name == drawn[-1].name == label
    assert all(first[1] < second[0] for first, second in pairwise(ends))


def test_what_the_highest_column_stands_for_is_above_it() -> None:
    """Its words are 11 units high, and no column reaches there."""
    assert min(column.y for column in columns([Item("a", 3, ""), Item("b", 9, "")]).columns) > 11


def test_mails_of_no_tenant_have_a_name(page: str) -> None:
    """An empty one would read as a comma too many."""
    assert "tenants: acme, nobody&#39;s;" in page


@pytest.fixture
def recent(tmp_path: Path) -> Iterator[Engine]:
    """Yield a log of the last hours."""
    rows = random_rows(4, 60, 1)
    at = datetime.now(UTC) - timedelta(hours=3)
    times = {"at": at, "prediction_at": at}
    parts = (rows.predictions, rows.heads, rows.feedback)
    moved = [
        [{**row, **{key: times[key] for key in times.keys() & row.keys()}} for row in part]
        for part in parts
    ]
    with migrated("sqlite", tmp_path) as engine:
        Rows(*moved).insert(engine)
        yield engine


def run(folder: Path, *words: str) -> Result:
    """Run a command of the gateway over the log in a folder."""
    return CliRunner().invoke(main, words, env={"GATEWAY_LOG_DIR": str(folder)})


@pytest.mark.usefixtures("recent")
def test_report_writes_a_file(tmp_path: Path) -> None:
    """The page of the last days stands there; `-` prints it; a wrong window is refused."""
    out = tmp_path / "week.html"
    done = run(tmp_path, "report", "--tag", "variant", "--out", str(out))
    assert done.exit_code == 0, done.output
    page = out.read_text(encoding="utf-8")
    assert "<strong>60</strong>" in page
    assert "Replies by variant" in page
    assert "<strong>60</strong>" in run(tmp_path, "report", "--out", "-").output
    assert run(tmp_path, "report", "--from", "2026-01-02", "--to", "2026-01-01").exit_code == 2


@pytest.mark.usefixtures("recent")
def test_a_report_that_fails_leaves_the_last_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No empty page takes its place, or stands where there was none."""
    monkeypatch.chdir(tmp_path)
    failed = run(tmp_path, "report", "--from", "2020-01-01")
    assert (failed.exit_code, "kept for 180 days" in failed.output) == (1, True)
    assert not Path("report.html").exists()
    assert run(tmp_path, "report").exit_code == 0
    page = Path("report.html").read_bytes()
    run(tmp_path, "report", "--from", "2020-01-01")
    assert Path("report.html").read_bytes() == page


def test_count_fills_the_figures(recent: Engine, tmp_path: Path) -> None:
    """Hours that nobody marked are counted."""
    assert run(tmp_path, "count", "--days", "1").output == "gateway: counted 1 hours\n"
    with recent.connect() as connection:
        assert connection.execute(select(func.count()).select_from(HourlyFigure)).scalar_one() > 9


@pytest.mark.usefixtures("recent")
def test_drift_commands_say_what_is_missing(tmp_path: Path) -> None:
    """A few answers are nothing to compare, and no reference."""
    assert "nothing to compare yet" in run(tmp_path, "drift", "show").output
    thin = run(tmp_path, "drift", "reference", "intent", "1")
    assert (thin.exit_code, "a reference needs 1000 in 24" in thin.output) == (1, True)


def test_commands_need_a_log(tmp_path: Path) -> None:
    """Without the setting, and without a database, each says so on one line."""
    for words in (["report"], ["count"], ["drift", "show"], ["drift", "reference", "a", "1"]):
        without = CliRunner().invoke(main, words)
        assert (without.exit_code, "LOG_DIR is not set" in without.output) == (1, True)
        empty = run(tmp_path, *words)
        assert empty.exit_code == 1
        assert len(empty.output.splitlines()) == 1
