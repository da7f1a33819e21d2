"""A busy machine starts Ray late; that is no failure of a job."""

from __future__ import annotations

import pytest

from gateway.offline.bulk.config import STARTS, start_ray

SLOW = "The current node timed out during startup. This could happen because ..."


class Ray:
    """Stands for `ray.init`: fails with each of `errors` in turn, then starts."""

    def __init__(self, *errors: str) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.errors:
            raise Exception(self.errors.pop(0))


def test_a_slow_start_is_tried_again() -> None:
    """Ray gives its node 30 s; on a machine with other work the next try is up."""
    ray = Ray(*[SLOW] * (STARTS - 1))

    start_ray(ray)

    assert ray.calls == STARTS


def test_a_start_that_is_always_too_slow_fails() -> None:
    """Tries are bounded, and the last time-out is what the caller sees."""
    ray = Ray(*[SLOW] * (STARTS + 1))

    with pytest.raises(Exception, match="timed out during startup"):
        start_ray(ray)

    assert ray.calls == STARTS


def test_another_failure_is_raised_at_once() -> None:
    """A wrong address does not come right by asking again."""
    ray = Ray("Could not find any running Ray instance")

    with pytest.raises(Exception, match="Could not find"):
        start_ray(ray)

    assert ray.calls == 1
