"""Each alarm against a series of what it is for, and against one that only looks like it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.cloudwatch import Value, load_alarms, state

TERRAFORM = Path(__file__).resolve().parents[3] / "terraform"
ALARMS = load_alarms()
FILLED_IN = {
    "$P95_S": 2.0, "$QUEUE_DEPTH": 64.0, "$REFUSALS": 30.0, "$WAITING": 4.0, "$CONNECTIONS": 100.0,
}  # fmt: skip
Series = Mapping[str, Sequence[Value]]
N = None
# Alarm, what happens, the series minute by minute, and what the alarm must say.
CASES: list[tuple[str, str, Series, str]] = [
    (
        "gateway-errors",
        "a canary's target answers 500 to a share",
        {"asked": [600] * 3, "bad_b": [20, 30, 40]},
        "ALARM",
    ),
    (
        "gateway-errors",
        "tasks crash: the load balancer answers 502, no target anything",
        {"asked": [50] * 2, "lost": [40, 40]},
        "ALARM",
    ),
    (
        "gateway-errors",
        "nothing is left to choose: 503 alone, no request counts",
        {"lost": [300, 300]},
        "ALARM",
    ),
    (
        "gateway-errors",
        "five of twelve fail at night",
        {"asked": [12, 12], "bad_a": [5, 6]},
        "ALARM",
    ),
    ("gateway-errors", "one of twelve fails at night", {"asked": [12, 12], "bad_a": [1, 1]}, "OK"),
    ("gateway-errors", "one bad minute", {"asked": [600] * 3, "bad_a": [0, 90, 0]}, "OK"),
    (
        "gateway-errors",
        "errors stay under the share",
        {"asked": [6000] * 3, "bad_a": [50] * 3},
        "OK",
    ),
    ("gateway-errors", "nobody asks", {}, "OK"),
    (
        "gateway-unhealthy",
        "a target of the canary fails its health check",
        {"sick_b": [1, 1, 1], "sick_a": [0, 0, 0]},
        "ALARM",
    ),
    ("gateway-unhealthy", "one is replaced within a minute", {"sick_a": [0, 1, 0]}, "OK"),
    ("gateway-latency", "all answers are slow", {"p95": [3.0] * 3, "asked": [100] * 3}, "ALARM"),
    ("gateway-latency", "three slow answers at night", {"p95": [9.0] * 3, "asked": [3] * 3}, "OK"),
    ("gateway-latency", "fast", {"p95": [0.2] * 3, "asked": [100] * 3}, "OK"),
    (
        "gateway-coverage",
        "heads are away and the gateway answers 200 without them",
        {"none": [90, 95], "full": [10, 5]},
        "ALARM",
    ),
    (
        "gateway-coverage",
        "one head of many is broken",
        {"partial": [100, 100], "full": [0, 0]},
        "ALARM",
    ),
    (
        "gateway-coverage",
        "a few emails are short of a head",
        {"partial": [2, 2], "full": [100, 100]},
        "OK",
    ),
    ("heads-errors", "heads answer 500", {"bad": [30, 30], "good": [100, 100]}, "ALARM"),
    ("heads-errors", "seldom asked, all fail", {"bad": [6, 6]}, "ALARM"),
    ("heads-errors", "many answers, a few fail", {"bad": [6, 6], "good": [6000, 6000]}, "OK"),
    ("embedder-not-serving", "the batch loop is stuck", {"serving": [0, 0, 0]}, "ALARM"),
    ("embedder-not-serving", "a task starts", {"serving": [0, 1, 1]}, "OK"),
    ("embedder-queue", "no GPU for ten minutes", {"queue": [200] * 10}, "ALARM"),
    ("embedder-queue", "scaling helps", {"queue": [200] * 6 + [10] * 4}, "OK"),
    ("gateway-overloaded", "the door refuses for three minutes", {"refused": [60] * 3}, "ALARM"),
    ("gateway-overloaded", "one burst", {"refused": [0, 500, 0]}, "OK"),
    ("heads-overloaded", "the door refuses for three minutes", {"refused": [60] * 3}, "ALARM"),
    ("heads-overloaded", "one burst", {"refused": [500, 0, 0]}, "OK"),
    ("gateway-waiting", "threads are short for ten minutes", {"waiting": [9] * 10}, "ALARM"),
    ("gateway-waiting", "threads are short for five", {"waiting": [0] * 5 + [9] * 5}, "OK"),
    ("heads-waiting", "threads are short for ten minutes", {"waiting": [9] * 10}, "ALARM"),
    ("heads-waiting", "threads are short for five", {"waiting": [0] * 5 + [9] * 5}, "OK"),
    *[
        (f"{service}-no-tasks", what, series, said)
        for service in ("embedder", "gateway", "heads")
        for what, series, said in (
            ("the last task is gone", {"tasks": [1, 0, 0, 0]}, "ALARM"),
            ("nothing reports any more", {"tasks": [N, N, N]}, "ALARM"),
            ("one of two is replaced", {"tasks": [2, 1, 2]}, "OK"),
        )
    ],
    ("database-cpu", "a quarter of an hour at 95 %", {"cpu": [95.0] * 15}, "ALARM"),
    ("database-cpu", "nothing reports", {"cpu": [N] * 15}, "INSUFFICIENT_DATA"),
    ("database-storage", "1 GiB left", {"free": [2.0**30] * 15}, "ALARM"),
    ("database-storage", "10 GiB left", {"free": [10 * 2.0**30] * 15}, "OK"),
    ("database-connections", "each request keeps its own", {"open": [150.0] * 10}, "ALARM"),
    ("database-connections", "a canary beside the release before", {"open": [80.0] * 10}, "OK"),
    ("log-backlog", "no record moves", {"oldest": [301, 361, 421, 481, 541]}, "ALARM"),
    ("log-backlog", "the database fails over", {"oldest": [60, 120, 180, 1, 1]}, "OK"),
    ("log-backlog", "nothing is asked at night", {"oldest": [N] * 5}, "OK"),
    ("log-lost", "a record is given up", {"lost": [0, 1]}, "ALARM"),
    ("log-lost", "all are kept", {"lost": [0, 0]}, "OK"),
]


@pytest.mark.parametrize(
    ("name", "what", "series", "said"), CASES, ids=lambda value: str(value)[:60]
)
def test_an_alarm_sees_what_it_is_for(name: str, what: str, series: Series, said: str) -> None:
    """The alarm goes off for its case, and stays still for the harmless one beside it."""
    assert what
    assert state(ALARMS[name], series, FILLED_IN) == said


def test_every_alarm_has_its_cases() -> None:
    """None is untried: one series that sets it off and one that does not."""
    for name in ALARMS:
        assert {said == "ALARM" for tried, _, _, said in CASES if tried == name} == {True, False}, (
            name
        )


@pytest.mark.parametrize("service", ["embedder", "gateway", "heads"])
def test_what_callers_see_rolls_a_release_back(service: str) -> None:
    """A release is undone by alarms on what its callers got; want of room undoes none."""
    undoing = {n for n, alarm in ALARMS.items() if service in alarm.get("rolls_back", ())}
    assert undoing & {"gateway-errors", "gateway-coverage"}
    assert not any(
        re.search("overloaded|waiting|queue|no-tasks|database|log-", name) for name in undoing
    )


def test_what_alarms_read_is_published() -> None:
    """Each metric of ours that an alarm reads is one that an agent publishes, with its labels."""
    files = ("door.tf", "services.tf", "prediction_log.tf")
    text = "".join((TERRAFORM / name).read_text("utf-8") for name in files)
    for name, alarm in ALARMS.items():
        for namespace, metric, _, dimensions in alarm["metrics"].values():
            if namespace == "$NAMESPACE":
                service = dimensions["Service"]
                wanted = metric.replace(f"{service}_door", "${service}_door")
                assert wanted in text, (name, metric)
                for label in set(dimensions) - {"Service"}:
                    assert f'{metric} = "{label}"' in text, (name, label)


def test_no_alarm_is_larger_than_cloudwatch_allows() -> None:
    """Ten metrics an alarm, identifiers in lower case, one result that decides."""
    for name, alarm in ALARMS.items():
        assert len(alarm["metrics"]) + len(alarm.get("steps", {})) <= 10, name
        assert all(
            re.fullmatch("[a-z][a-z0-9_]*", n) for n in [*alarm["metrics"], *alarm.get("steps", {})]
        )
        assert len(alarm["metrics"]) == 1 or alarm["steps"], name


def test_the_readme_lists_every_alarm() -> None:
    """The module's README has a row for each: what it catches, and what it undoes."""
    readme = (TERRAFORM / "modules" / "observability" / "README.md").read_text(encoding="utf-8")
    for name, alarm in ALARMS.items():
        undone = ", ".join(alarm.get("rolls_back", ())) or "-"
        assert f"| `{name}` | {alarm['catches']} | {undone} |" in readme, name
