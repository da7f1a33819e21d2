"""What every test starts from."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests.support.examples import register_profiles

register_profiles()
if "PYTEST_XDIST_WORKER" in os.environ:
    # Workers share the cores: numerical threads of each would only wait for one another's.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def logs_as_at_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reset the logging that a command run by a test has set up: no test inherits another's.

    A logger cached on first use would keep that set-up for good, so nothing is cached here.
    """
    configure = structlog.configure

    def uncached(**settings: Any) -> None:
        configure(**{**settings, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", uncached)
    yield
    structlog.reset_defaults()
