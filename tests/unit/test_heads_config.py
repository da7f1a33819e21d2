"""Laws of the heads service's settings."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from heads.config import load
from heads.errors import SettingsError


def test_everything_wrong_is_told_at_once() -> None:
    """Bad values and unknown names come in one message, with the nearest real name."""
    environ = {"HEADS_PORT": "99999", "HEADS_WORKERS": "none", "HEADS_THREDS": "3", "OTHER": "1"}
    with pytest.raises(SettingsError) as caught:
        load(environ)
    said = str(caught.value)
    assert "HEADS_PORT" in said
    assert "HEADS_WORKERS" in said
    assert "HEADS_THREDS: no such setting, did you mean HEADS_THREADS?" in said


def test_values_are_taken_and_frozen() -> None:
    """A set name changes its field, the rest keep their defaults, nothing changes later."""
    settings = load({"HEADS_THREADS": "3"})
    assert (settings.threads, settings.port) == (3, 8081)
    with pytest.raises(ValidationError):
        settings.threads = 4  # type: ignore[misc]
