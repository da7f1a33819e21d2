"""When a server is given up, and when it is not."""

from embedder.shared_cache.trust import Trust


def test_three_failures_in_a_row_lose_it() -> None:
    """Callers wait for a frozen server three times at most."""
    trust = Trust()
    trust.record(success=False)
    trust.record(success=False)
    assert not trust.lost
    trust.record(success=False)
    assert trust.lost


def test_a_server_that_fails_now_and_then_is_kept_and_one_that_fails_often_is_not() -> None:
    """One failure in twenty is forgiven for ever; one in five is not, though never two in a row."""
    seldom, often = Trust(), Trust()
    for number in range(1000):
        seldom.record(success=number % 20 != 0)
        often.record(success=number % 5 != 0)
    assert not seldom.lost
    assert often.lost
