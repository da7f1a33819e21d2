"""Settings of the gateway that follow the machine."""

import pytest

from gateway.config import Settings


@pytest.mark.parametrize(("cores", "workers"), [(1, 1), (2, 2), (3, 2), (4, 2), (16, 8)])
def test_workers_follow_the_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
) -> None:
    """One for every two, and one at least; a number that is set counts."""
    monkeypatch.setattr("gateway.config.available_cores", lambda: cores)
    assert Settings().worker_count == workers
    assert Settings(workers=3).worker_count == 3
