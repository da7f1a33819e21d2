"""What every test starts from."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog


@pytest.fixture(autouse=True)
def logs_as_at_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test inherits the logging that a command run by another test has set up.

    A logger cached on first use would keep that set-up for good, so nothing is cached here.
    """
    configure = structlog.configure

    def uncached(**settings: Any) -> None:
        configure(**{**settings, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", uncached)
    yield
    structlog.reset_defaults()
