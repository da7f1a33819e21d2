"""What signs of life mean."""

import pytest

from embedder.server.health import HealthDecision, HealthLimits, LivenessSigns, decide

LIMITS = HealthLimits(
    probe_after_s=30.0, probe_timeout_s=5.0, max_queue_age_s=15.0, forward_timeout_s=60.0
)


@pytest.mark.parametrize(
    ("signs", "decision"),
    [
        (LivenessSigns(1.0, 0.0, 0.0, True), HealthDecision(serving=True)),
        (LivenessSigns(31.0, 0.0, 0.0, True), HealthDecision(serving=True, probe=True)),
        (LivenessSigns(31.0, 20.0, 0.0, True), HealthDecision(serving=True)),
        (LivenessSigns(1.0, 1.0, 16.0, True), HealthDecision(serving=False)),
        (
            LivenessSigns(61.0, 61.0, 0.0, True),
            HealthDecision(serving=False, fatal="forward_stuck"),
        ),
        (
            LivenessSigns(1.0, 0.0, 0.0, False),
            HealthDecision(serving=False, fatal="encoder_thread_dead"),
        ),
    ],
)
def test_health_is_decided_by_forwards_not_by_the_process(
    signs: LivenessSigns, decision: HealthDecision
) -> None:
    """SERVING needs a recent forward, a young queue and living threads."""
    assert decide(signs, LIMITS) == decision
