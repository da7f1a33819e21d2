"""What signs of life mean."""

import pytest

from embedder.health import HealthLimits, Signs, Verdict, judge

LIMITS = HealthLimits(
    probe_after_s=30.0, probe_timeout_s=5.0, max_queue_age_s=15.0, forward_timeout_s=60.0
)


@pytest.mark.parametrize(
    ("signs", "verdict"),
    [
        (Signs(1.0, 0.0, 0.0, True), Verdict(serving=True)),
        (Signs(31.0, 0.0, 0.0, True), Verdict(serving=True, probe=True)),
        (Signs(31.0, 20.0, 0.0, True), Verdict(serving=True)),
        (Signs(1.0, 1.0, 16.0, True), Verdict(serving=False)),
        (Signs(61.0, 61.0, 0.0, True), Verdict(serving=False, fatal="forward_stuck")),
        (Signs(1.0, 0.0, 0.0, False), Verdict(serving=False, fatal="encoder_thread_dead")),
    ],
)
def test_health_is_judged_by_forwards_not_by_the_process(signs, verdict):
    """SERVING needs a recent forward, a young queue and living threads."""
    assert judge(signs, LIMITS) == verdict
