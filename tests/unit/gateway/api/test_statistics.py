"""`/v1/statistics` over a SQLite log: whose answers a key reads, and what is refused."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from werkzeug.test import TestResponse

from embedder.testing.embedder import FakeEmbedder
from gateway.api.statistics_models import StatisticsShape
from gateway.app import Gateway
from gateway.auth.keyring import Keyring
from gateway.auth.keys import new_key
from gateway.config import Settings
from gateway.prediction_log.statistics.reader import LogStatistics
from tests.support.log_rows import START, migrated, random_rows
from tests.support.pools import FakePool, head_set, info

DAY = date(2026, 1, 2)
MADE = {
    "free": new_key("free", ["read"], DAY),
    "acme": new_key("acme", ["read"], DAY, tenants=["acme"]),
    "both": new_key("both", ["read"], DAY, tenants=["acme", "globex"]),
    "other": new_key("other", ["classify"], DAY),
}
ROWS = random_rows(5, 120)
NOON = START + timedelta(hours=4)
WHOLE = {"from": "2026-11-02", "to": "2026-11-03"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a log that holds ROWS."""
    folder = tmp_path_factory.mktemp("log")
    with migrated("sqlite", folder) as engine:
        ROWS.insert(engine)
    return folder


@pytest.fixture(scope="module")
def app(folder: Path) -> Iterator[Flask]:
    """Yield a gateway over that log; keys are needed."""
    settings = Settings(encoder_refresh_s=60, log_dir=folder, log_tenant_days="acme=30/7")
    made = Gateway(
        settings,
        FakeEmbedder(),
        FakePool(head_set(info("intent"), info("quiet"))),
        keyring=Keyring("\n".join(key.line() for _, key in MADE.values())),
        statistics=LogStatistics(settings, lambda: NOON),
    )
    yield made.app
    made.close()


def ask(app: Flask, who: str = "free", **query: str) -> TestResponse:
    """Ask for the statistics of the whole log, or of what `query` says."""
    shown = {"X-API-Key": MADE[who][0]}
    names = {name.rstrip("_"): value for name, value in query.items()}
    return app.test_client().get("/v1/statistics", query_string={**WHOLE, **names}, headers=shown)


def volume(answer: TestResponse) -> int:
    """Return how many emails an answer counts."""
    assert answer.status_code == 200, answer.get_data()
    return int(answer.get_json()["decisions"]["volume"])


def _rows_of(*tenants: str) -> int:
    return sum(row["tenant"] in tenants for row in ROWS.predictions)


def test_a_key_reads_of_its_tenants_alone(app: Flask) -> None:
    """A bound key counts its tenants' rows, another's are a 404; a free key counts all or one's."""
    assert volume(ask(app)) == len(ROWS.predictions)
    assert volume(ask(app, tenant="acme")) == volume(ask(app, "acme")) == _rows_of("acme")
    assert volume(ask(app, tenant="")) == _rows_of("")
    assert volume(ask(app, "both")) == _rows_of("acme", "globex")
    assert volume(ask(app, "both", tenant="globex")) == _rows_of("globex")
    assert ask(app, "acme").get_json()["tenants"] == ["acme"]
    for tenant in ("globex", "", "nobody", "not a name"):
        refused = ask(app, "acme", tenant=tenant)
        assert (refused.status_code, refused.get_json()["code"]) == (404, "record_not_found")
    assert ask(app, "other").status_code == 403
    assert app.test_client().get("/v1/statistics").status_code == 401


@pytest.mark.parametrize("group", [None, "hour", "day", "tag:variant", "tag:nothing"])
@pytest.mark.parametrize("head", [{}, {"head": "intent"}, {"head": "intent", "version": "2"}])
def test_answers_have_the_shape_that_is_documented(
    app: Flask, group: str | None, head: dict[str, str]
) -> None:
    """Every way of asking is answered as the document says."""
    grouped = {} if group is None else {"group": group}
    answer = ask(app, **grouped, **head)
    shown = StatisticsShape.model_validate_json(answer.get_data())
    assert shown.decisions.volume == len(ROWS.predictions)
    if group == "hour":
        assert sum(each.decisions.volume for each in shown.groups) == len(ROWS.predictions)
    if group == "tag:variant":
        assert {each.value for each in shown.tag_groups} == {"A", "B"}
    if head:
        (figures,) = shown.heads
        assert figures.head == "intent"
        assert len(figures.versions) == (1 if "version" in head else 2)


def test_an_answer_tells_how_corrections_mislead(app: Flask) -> None:
    """Wherever accuracy of corrections stands, so does what is wrong with it."""
    notes = " ".join(ask(app, group="tag:variant").get_json()["notes"])
    for said in ("People correct what is wrong", "needs no labels", "Holm", "different mails"):
        assert said in notes


def test_a_window_is_of_whole_hours(app: Flask) -> None:
    """A part of an hour counts whole, and the answer says so; without a window it is a day."""
    answer = ask(app, from_="2026-11-02T09:20:00+01:00", to="2026-11-02T10:00:01Z").get_json()
    assert (answer["from"], answer["to"]) == ("2026-11-02T08:00:00Z", "2026-11-02T11:00:00Z")
    assert answer["decisions"]["volume"] == sum(
        row["at"] < START + timedelta(hours=3) for row in ROWS.predictions
    )


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ({"from_": "yesterday"}, "from", "time_wrong"),
        ({"from_": "2026-11-02T08:00:00"}, "from", "time_wrong"),
        ({"to": "0001-01-01"}, "to", "time_wrong"),
        ({"to": "9999-12-31"}, "to", "time_wrong"),
        ({"from_": "2026-11-03"}, "from", "window_empty"),
        ({"from_": "2025-01-01"}, "from", "window_too_long"),
        ({"from_": "2026-09-20", "group": "hour"}, "from", "window_too_long"),
        ({"from_": "2026-01-01"}, "from", "window_beyond_retention"),
        ({"from_": "2026-09-20", "tenant": "acme"}, "from", "window_beyond_retention"),
        ({"group": "week"}, "group", "group_wrong"),
        ({"group": "tag:"}, "group", "group_wrong"),
        ({"group": "tag:a'b"}, "group", "group_wrong"),
        ({"head": "no_such"}, "head", "unknown_head"),
        ({"head": "No such"}, "head", "wrong"),
        ({"head": "intent", "version": "9"}, "version", "unknown_version"),
        ({"version": "1"}, "version", "head_missing"),
        ({"tenant": "not a name"}, "tenant", "wrong"),
        ({"heads": "intent"}, "heads", "unknown_parameter"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    app: Flask, query: dict[str, str], field: str, code: str
) -> None:
    """Each names the parameter and why, and repeats nothing of it."""
    refused = ask(app, **query)
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    (error,) = refused.get_json()["errors"]
    assert (error["field"], error["code"]) == (field, code)


def test_a_head_that_is_served_and_silent_has_no_figures(app: Flask) -> None:
    """It is known, so that is no error."""
    answer = ask(app, head="quiet")
    assert (answer.status_code, answer.get_json()["heads"]) == (200, [])


def test_without_a_log_there_are_no_statistics() -> None:
    """The route says so with 501."""
    made = Gateway(Settings(encoder_refresh_s=60), FakeEmbedder(), FakePool(head_set(info("a"))))
    refused = made.app.test_client().get("/v1/statistics")
    made.close()
    assert (refused.status_code, refused.get_json()["code"]) == (501, "no_prediction_log")


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:///{0}/new.db"])
def test_a_database_that_does_not_answer_is_a_503(tmp_path: Path, url: str) -> None:
    """Away, or never migrated: the caller is asked to come back."""
    database = SecretStr(url.format(tmp_path))
    settings = Settings(encoder_refresh_s=60, log_dir=tmp_path, log_database=database)
    pool: Any = FakePool(head_set(info("intent")))
    made = Gateway(settings, FakeEmbedder(), pool, statistics=LogStatistics(settings))
    refused = made.app.test_client().get("/v1/statistics")
    made.close()
    assert (refused.status_code, refused.get_json()["code"]) == (503, "log_unavailable")
    assert refused.headers["Retry-After"]
