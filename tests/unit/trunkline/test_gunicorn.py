"""What gunicorn itself writes into a service's log."""

import json

import pytest
from gunicorn.config import Config  # type: ignore[import-untyped]

from trunkline.gunicorn import PrivateLogger
from trunkline.logs import configure_logging

MAIL = "Dear dana@northgate.example"


def test_gunicorns_lines_have_the_services_form(capfd: pytest.CaptureFixture[str]) -> None:
    """JSON with the service's keys on standard error, from the level that is set."""
    configure_logging("heads", "warning")
    log = PrivateLogger(Config())
    log.info("Booting worker with pid: %s", 7)
    log.critical("WORKER TIMEOUT (pid:%s)", 7)
    out, err = capfd.readouterr()
    event = json.loads(err)
    assert out == ""
    assert (event["event"], event["level"]) == ("WORKER TIMEOUT (pid:7)", "critical")
    assert (event["service"], event["logger"]) == ("heads", "gunicorn")


def test_what_callers_sent_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    """A refused request is logged as a fact, a failed one by its error's type and place."""
    configure_logging("heads", "info")
    log = PrivateLogger(Config())
    log.warning("Invalid request from ip={ip}: %s", MAIL)
    try:
        int(MAIL)
    except ValueError:
        log.exception("Error handling request %s", MAIL)
        log.exception("Socket error processing request.")
    err = capfd.readouterr().err
    events = [json.loads(line)["event"] for line in err.splitlines()]
    assert events[0] == "Invalid request refused"
    assert events[1].startswith("Request failed: ValueError at test_gunicorn.py:")
    assert events[2].startswith("Request failed: ValueError at ")
    assert "dana" not in err


def test_a_process_that_fails_tells_its_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    """Before any request there is nothing private, and an operator must see why it fails."""
    configure_logging("heads", "info")
    try:
        int("no number")
    except ValueError:
        PrivateLogger(Config()).exception("Exception in worker process")
    event = json.loads(capfd.readouterr().err)
    assert event["event"] == "Exception in worker process"
    assert "invalid literal for int() with base 10: 'no number'" in event["traceback"]
