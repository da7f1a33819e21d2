"""How requests are divided between an old release's tasks and a new one's."""

from __future__ import annotations

import pytest

from tests.rehearsal.tasks import weights


@pytest.mark.parametrize("old", [1, 2, 3])
@pytest.mark.parametrize("new", [1, 2, 3])
@pytest.mark.parametrize("percent", [1, 10, 50])
def test_the_new_release_gets_exactly_its_share(old: int, new: int, percent: int) -> None:
    """However many tasks each has, all new ones together weigh what the canary says."""
    heavy, light = weights(old, new, percent)
    assert 100 * light * new == percent * (light * new + heavy * old)


def test_weights_are_as_small_as_they_can_be() -> None:
    """Envoy takes weights to 128."""
    assert weights(2, 2, 10) == (9, 1)
