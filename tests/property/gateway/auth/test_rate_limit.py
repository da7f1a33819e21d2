"""Laws of the rate limit, for any calls at any times."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from gateway.auth.rate_limit import Limit, Rate

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
        if not rate.take(HASH, Limit(per_minute, burst)).wait_s:
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
        wait_s = rate.take(HASH, Limit(per_minute, burst)).wait_s
        if wait_s:
            assert wait_s <= 60 / per_minute + 1e-6
            assert rate.take(HASH, Limit(per_minute, burst)).wait_s == wait_s
            clock.now += wait_s
            assert rate.take(HASH, Limit(per_minute, burst)).wait_s == 0


@given(rates, bursts, st.integers(1, 100))
def test_who_keeps_the_rate_is_never_refused(per_minute: int, burst: int, calls: int) -> None:
    """One call an interval is always admitted, whatever the burst."""
    clock = Clock()
    rate = _rate(clock)
    for _ in range(calls):
        assert rate.take(HASH, Limit(per_minute, burst)).wait_s == 0
        clock.now += 60 / per_minute


@given(bursts)
def test_keys_do_not_take_each_others_calls(burst: int) -> None:
    """A key that has used all it may leaves another key's bucket full."""
    rate = _rate(Clock())
    while not rate.take("0" * 64, Limit(60, burst)).wait_s:
        pass
    assert [rate.take("1" * 64, Limit(60, burst)).wait_s for _ in range(burst)] == [0] * burst


@given(waits, rates, bursts)
def test_what_remains_is_what_is_admitted_at_once(
    pauses: list[float], per_minute: int, burst: int
) -> None:
    """As many calls as were said to remain are admitted, then none; full means a whole burst."""
    clock = Clock()
    limit = Limit(per_minute, burst)
    rate = _rate(clock)
    for pause in pauses[:20]:
        clock.now += pause
        first = rate.take(HASH, limit)
        admitted = 0
        while not rate.take(HASH, limit).wait_s:
            admitted += 1
        assert admitted == first.remaining
        assert 0 < first.full_in_s <= burst * 60 / per_minute + 1e-6
    clock.now += rate.take(HASH, limit).full_in_s
    assert rate.take(HASH, limit).remaining == burst - 1
