"""What services log of an exception."""

from collections.abc import Callable
from typing import Any

import pytest

from embedder import log as embedder_log
from heads import logs as heads_logs

MAIL = "dana@northgate.example has no budget"


@pytest.mark.parametrize("rule", [embedder_log.without_message, heads_logs.without_message])
@pytest.mark.parametrize("given", ["as a flag", "as itself"])
def test_an_exception_is_logged_by_type_and_place_alone(rule: Callable[..., Any], given: str):
    """Privacy: a library's error may quote the text it failed on; only what and where is kept."""
    try:
        int(MAIL)
    except ValueError as error:
        told = {"event": "broke", "exc_info": True if given == "as a flag" else error}
        logged = rule(None, "error", told)
    assert logged["error"] == "ValueError"
    assert logged["where"].startswith("test_logs_private.py:")
    assert "dana" not in repr(logged)
    assert "exc_info" not in logged


@pytest.mark.parametrize("rule", [embedder_log.without_message, heads_logs.without_message])
def test_other_events_are_left_alone(rule: Callable[..., Any]):
    """An event without an exception passes as it is."""
    assert rule(None, "info", {"event": "ready", "port": 1}) == {"event": "ready", "port": 1}
