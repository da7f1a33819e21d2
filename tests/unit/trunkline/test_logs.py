"""How the services log: one form, and of an exception only what and where."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, SecretStr

from trunkline.logs import audit, configure_logging, log_settings, without_messages

MAIL = "dana@northgate.example has no budget"

Given = bool | BaseException | tuple[Any, ...]


def as_flag(_error: BaseException) -> Given:
    """`exc_info=True`."""
    return True


def as_itself(error: BaseException) -> Given:
    """`exc_info=error`."""
    return error


def as_triple(_error: BaseException) -> Given:
    """`exc_info=sys.exc_info()`."""
    return sys.exc_info()


@pytest.mark.parametrize("given", [as_flag, as_itself, as_triple])
def test_an_exception_is_logged_by_type_and_place_alone(
    given: Callable[[BaseException], Given],
) -> None:
    """Privacy: a library's error may quote the text it failed on; only what and where is kept."""
    try:
        int(MAIL)
    except ValueError as error:
        event = {"event": "broke", "cause": error, "exc_info": given(error)}
        logged = without_messages(None, "error", event)
    assert (logged["error"], logged["cause"]) == ("ValueError", "ValueError")
    assert logged["where"].startswith("test_logs.py:")
    assert "dana" not in repr(logged)
    assert "exc_info" not in logged


@dataclass
class Failed:
    """A record of a failure."""

    cause: BaseException


@pytest.mark.parametrize("style", ["json", "console"])
def test_an_exception_within_a_value_is_logged_by_its_type(
    style: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Privacy: no message is printed of one in a list, a dict, a record or a key, in any form."""
    configure_logging("gateway", "info", style)
    error = ValueError(MAIL)
    for value in ([error], {"a": [error]}, {error: 1}, ({error},), Failed(error), [error, b"\xff"]):
        structlog.get_logger().info("broke", cause=value)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 6
    assert all("ValueError" in line for line in lines)
    assert not [line for line in lines if "dana" in line]


def test_other_events_are_left_alone() -> None:
    """An event without an exception passes as it is."""
    assert without_messages(None, "info", {"event": "up", "port": 1}) == {"event": "up", "port": 1}


def test_lines_go_to_standard_error_with_one_set_of_keys(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Every service: event, level, timestamp and service; standard output stays free."""
    for service in ("embedder", "heads", "gateway"):
        configure_logging(service, "info")
        structlog.get_logger("x").info("ready", port=1)
        structlog.get_logger("x").debug("hidden")
    out, err = capfd.readouterr()
    lines = [json.loads(line) for line in err.splitlines()]
    assert out == ""
    assert [line["service"] for line in lines] == ["embedder", "heads", "gateway"]
    for line in lines:
        assert set(line) == {"event", "level", "timestamp", "service", "port"}
        assert (line["event"], line["level"]) == ("ready", "info")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])


def refuse(constant: str) -> None:
    """Fail on `NaN` and `Infinity`, which Python reads and JSON does not have."""
    raise ValueError(constant)


def test_any_value_can_be_logged(capfd: pytest.CaptureFixture[str]) -> None:
    """Half a character, bytes and objects: each event is one line of valid JSON."""
    configure_logging("gateway", "info")
    for value in ("\ud800\n", b"\xff", object(), float("nan"), {1: (2,)}):
        structlog.get_logger().info("odd", value=value)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 5
    assert all("odd" in json.loads(line, parse_constant=refuse)["event"] for line in lines)


@pytest.mark.parametrize("style", ["console", "text"])
def test_console_lines_are_short(style: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Time, level, event and what is set, in no brackets; a line break makes no second line."""
    configure_logging("gateway", "info", style)
    structlog.get_logger().info("request", status=200, code=None, why="two\nlines")
    structlog.get_logger().info("größer\nthan \\ it's")
    structlog.get_logger().info(
        "swapped", serving={"a": "1", "b": "2"}, refused=[], ports=[1, 2], of="sha256:" + "0f" * 32
    )
    line, event, swapped = capfd.readouterr().err.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d info request status=200 why='two\\nlines'", line)
    assert event.endswith(r" info größer\nthan \ it's")
    assert swapped.endswith(" info swapped serving=a:1,b:2 ports=1,2 of=sha256:0f0f0f0f0f0f")


@pytest.mark.parametrize("level", ["debug", "error"])
def test_an_audit_is_logged_whatever_the_level(
    level: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Who did what is no matter of taste."""
    configure_logging("gateway", level)
    audit("keys_changed", added=["a"])
    event = json.loads(capfd.readouterr().err)
    assert (event["event"], event["act"], event["added"]) == ("audit", "keys_changed", ["a"])
    assert (event["level"], event["service"]) == ("info", "gateway")


class Secretive(BaseModel):
    """Settings with a secret."""

    token: SecretStr = SecretStr("tlk_canary")
    port: int = 1


def test_settings_are_logged_for_who_looks_for_them(capfd: pytest.CaptureFixture[str]) -> None:
    """At debug level, secrets as stars; at info not at all."""
    configure_logging("gateway", "info")
    log_settings(Secretive())
    assert capfd.readouterr().err == ""
    configure_logging("gateway", "debug")
    log_settings(Secretive())
    event = json.loads(capfd.readouterr().err)
    assert (event["event"], event["port"], set(event["token"])) == ("settings", 1, {"*"})


def test_a_logger_used_before_the_set_up_follows_it_and_then_keeps_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Loggers are cached from the set-up on: using a module's logger too early binds it to nothing.

    Other tests run without that cache (tests/conftest.py), this one as services do.
    """
    monkeypatch.undo()
    logger = structlog.get_logger("module")
    logger.info("early")
    for service in ("heads", "gateway"):
        configure_logging(service, "info")
        logger.info("ready")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [(line["event"], line["service"]) for line in lines] == [("ready", "heads")] * 2
