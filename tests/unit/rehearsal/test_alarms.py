"""The rehearsal's alarm, fed with counters as Envoy has them."""

from __future__ import annotations

from tests.rehearsal.alarms import ERRORS, Alarms, Minutes


def _minutes(*counts: tuple[int, int]) -> Minutes:
    minutes = Minutes()
    for asked, bad in counts:
        minutes.add(asked, bad)
    return minutes


def test_what_was_counted_before_the_first_minute_is_of_no_minute() -> None:
    """Counters that were large at the start say nothing of now."""
    minutes = _minutes((9_000, 900), (9_030, 900))
    assert (minutes.asked, minutes.bad) == ([30.0], [0.0])


def test_a_tenth_that_fails_for_two_minutes_stands_on_alarm() -> None:
    """A canary of 10 % that answers nothing but 5xx is seen."""
    assert not _minutes((0, 0), (30, 3)).alarms()
    assert _minutes((0, 0), (30, 3), (60, 6)).alarms()


def test_a_good_minute_ends_the_alarm() -> None:
    """Once the release is taken back the next one may begin."""
    assert not _minutes((0, 0), (30, 3), (60, 6), (90, 6)).alarms()


def test_only_a_standing_alarm_is_told() -> None:
    """As CloudWatch does, asked for those on ALARM: quiet ones are not among them."""
    alarms = Alarms(lambda: (0, 0))
    answer = alarms.describe_alarms(AlarmNames=[ERRORS], StateValue="ALARM")
    assert answer == {"MetricAlarms": []}
