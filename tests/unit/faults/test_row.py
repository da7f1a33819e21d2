"""What the fault table counts, and when a row breaks its bounds."""

from __future__ import annotations

from tests.faults.client import Sent
from tests.faults.row import Bounds, Row, Scene, problems, summarise


def _row(bounds: Bounds) -> Row:
    return Row("a fault", lambda scene: None, bounds)


def _scene(faulted_at: float) -> Scene:
    scene = Scene("http://nowhere", None)
    scene.faulted_at = faulted_at
    return scene


def test_recovery_ends_with_the_last_request_that_went_wrong() -> None:
    """It counts from the fault to that request's end, not to its beginning."""
    sent = [Sent(1.0, 0.1, "right"), Sent(5.0, 2.0, "failed", "503"), Sent(9.0, 0.2, "right")]
    result = summarise(_row(Bounds()), sent, _scene(4.0))
    assert (result.recovered_s, result.counts) == (3.0, {"right": 2, "failed": 1})


def test_nothing_wrong_is_recovered_at_once() -> None:
    """Without a bad answer recovery took no time, though the load went on."""
    assert summarise(_row(Bounds()), [Sent(9.0, 0.1, "right")], _scene(4.0)).recovered_s == 0.0


def test_settled_latency_leaves_the_first_seconds_out() -> None:
    """The first two seconds after a fault are its own; the percentile is of what comes later."""
    sent = [Sent(4.5, 3.0, "right"), Sent(7.0, 0.2, "right")]
    assert summarise(_row(Bounds()), sent, _scene(4.0)).p99_s == 0.2


def test_wrong_and_hung_break_every_row() -> None:
    """No bound allows an answer that differs from the reference, or none at all."""
    anything = Bounds(partial=None, refused=None, failed=None, lost=None)
    for outcome in ("wrong", "hung"):
        result = summarise(_row(anything), [Sent(5.0, 1.0, outcome)], _scene(4.0))
        assert problems(_row(anything), result)


def test_what_a_row_must_lose_breaks_nothing() -> None:
    """A bound of None allows any number; the row's `why` says what it is."""
    row = _row(Bounds(lost=None))
    assert problems(row, summarise(row, [Sent(5.0, 1.0, "lost")], _scene(4.0))) == []


def test_late_recovery_breaks_its_bound_only_where_speed_is_judged() -> None:
    """The tests judge answers on any machine; times are judged by the command alone."""
    row = _row(Bounds(failed=None, recovered_s=1.0))
    result = summarise(row, [Sent(5.0, 4.0, "failed")], _scene(4.0))
    assert problems(row, result)
    assert problems(row.unhurried(), result) == []


def test_what_an_act_finds_wrong_breaks_the_row() -> None:
    """An act that saw an old version, or failed itself, is no pass."""
    scene = _scene(1.0)
    scene.wrong.append("an old version answered")
    assert problems(_row(Bounds()), summarise(_row(Bounds()), [], scene))


def test_a_slower_answer_after_the_fault_breaks_its_bound_only_where_speed_is_judged() -> None:
    """The act measures both latencies; the bound is on the one over the other."""
    row, scene = _row(Bounds(slowdown=2.0)), _scene(4.0)
    scene.slowdown = 2.5
    result = summarise(row, [], scene)
    assert problems(row, result) == [
        "a fault: after the fault 2.5 times the latency before, at most 2.0"
    ]
    assert problems(row.unhurried(), result) == []
