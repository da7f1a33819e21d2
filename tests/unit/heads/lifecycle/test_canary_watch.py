"""Laws of the watch over a candidate."""

from __future__ import annotations

import pytest

from heads.lifecycle.canary_watch import CanaryWatch, Observation
from heads.policy import Bounds

BOUNDS = Bounds(window=100, error_rate=0.02, disagreement=0.3, abstain_rate=0.6, abstain_rise=0.1)
GOOD = Observation(error=False, disagreed=False, production_abstained=False)


def after(watch: CanaryWatch, seen: Observation, times: int) -> list[str | None]:
    """Return the watch's verdict on each of `times` equal requests."""
    return [watch.observe(seen) for _ in range(times)]


def test_a_broken_candidate_goes_at_once() -> None:
    """A bound breaks as soon as a whole window could not mend it, and the reason counts."""
    told = after(CanaryWatch(BOUNDS), Observation(error=True), 3)
    assert told[:2] == [None, None]
    assert told[2] == "3 errors in the last 3 requests; 0.02 of 100 are allowed"


@pytest.mark.parametrize(
    ("seen", "allowed", "word"),
    [
        (Observation(error=False, disagreed=True), 30, "disagreements"),
        (Observation(error=False, abstained=True), 60, "abstentions in"),
        (
            Observation(error=False, abstained=True, production_abstained=False),
            10,
            "abstentions beyond",
        ),
    ],
)
def test_each_bound_is_watched(seen: Observation, allowed: int, word: str) -> None:
    """What is allowed is let pass, one more is not."""
    watch = CanaryWatch(BOUNDS)
    assert set(after(watch, seen, allowed)) == {None}
    assert word in (watch.observe(seen) or "")


def test_what_is_long_ago_is_forgotten() -> None:
    """Errors that fell out of the window count no more."""
    watch = CanaryWatch(BOUNDS)
    for _ in range(5):
        assert set(after(watch, Observation(error=True), 2)) == {None}
        assert set(after(watch, GOOD, 98)) == {None}


def test_abstaining_with_production_is_no_fault() -> None:
    """Emails on which production abstains too raise no abstention beyond production's."""
    watch = CanaryWatch(Bounds(window=50, abstain_rise=0.0))
    both = Observation(error=False, abstained=True, disagreed=False, production_abstained=True)
    assert set(after(watch, both, 200)) == {None}


def test_a_sound_candidate_stays() -> None:
    """Agreement for ever is never held against it."""
    assert set(after(CanaryWatch(BOUNDS), GOOD, 500)) == {None}
