"""Laws of the rate limit, for any calls at any times."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.rate_limit import Rate

HASH = "a" * 64
waits = st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=200)
rates = st.integers(1, 6000)
bursts = st.integers(1, 50)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def _rate(clock: Clock) -> Rate:
    return Rate(clock, array("d", bytes(8 * 64)))


@given(waits, rates, bursts)
def test_no_window_holds_more_than_burst_and_rate(
    pauses: list[float], per_minute: int, burst: int
) -> None:
    """Between any two moments at most burst + rate x time calls are admitted."""
    clock = Clock()
    rate = _rate(clock)
    admitted = []
    for pause in pauses:
        clock.now += pause
        if not rate.wait_s(HASH, per_minute, burst):
            admitted.append(clock.now)
    for first, start in enumerate(admitted):
        for last in range(first, len(admitted)):
            allowed = burst + (admitted[last] - start) * per_minute / 60
            assert last - first + 1 <= allowed + 1e-6


@given(waits, rates, bursts)
def test_who_waits_as_told_is_admitted(pauses: list[float], per_minute: int, burst: int) -> None:
    """The wait that is reported is enough and at most one interval; asking again costs nothing."""
    clock = Clock()
    rate = _rate(clock)
    for pause in pauses:
        clock.now += pause
        wait_s = rate.wait_s(HASH, per_minute, burst)
        if wait_s:
            assert wait_s <= 60 / per_minute + 1e-6
            assert rate.wait_s(HASH, per_minute, burst) == wait_s
            clock.now += wait_s
            assert rate.wait_s(HASH, per_minute, burst) == 0


@given(rates, bursts, st.integers(1, 100))
def test_who_keeps_the_rate_is_never_refused(per_minute: int, burst: int, calls: int) -> None:
    """One call an interval is always admitted, whatever the burst."""
    clock = Clock()
    rate = _rate(clock)
    for _ in range(calls):
        assert rate.wait_s(HASH, per_minute, burst) == 0
        clock.now += 60 / per_minute


@given(bursts)
def test_keys_do_not_take_each_others_calls(burst: int) -> None:
    """A key that has used all it may leaves another key's bucket full."""
    rate = _rate(Clock())
    while not rate.wait_s("0" * 64, 60, burst):
        pass
    assert [rate.wait_s("1" * 64, 60, burst) for _ in range(burst)] == [0] * burst
