"""Shares of mails: deterministic, monotone, independent, of about the right size."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.rollout.bucketing import in_share

SHARES = st.floats(0, 1)


@given(st.text(), st.binary(), SHARES, SHARES)
def test_a_larger_share_only_adds_members(
    purpose: str, identity: bytes, one: float, two: float
) -> None:
    """Whoever meets the candidate at 5 % meets it at 50 %; none at 0, all at 1."""
    low, high = sorted((one, two))
    assert in_share(purpose, identity, low) <= in_share(purpose, identity, high)
    assert not in_share(purpose, identity, 0)
    assert in_share(purpose, identity, 1)


@given(st.text(max_size=20), st.sampled_from((0.05, 0.25, 0.5, 0.9)))
def test_a_share_has_about_its_size(purpose: str, share: float) -> None:
    """Of 2000 mails the share's expectation, within five standard deviations."""
    met = sum(in_share(purpose, b"%d" % n, share) for n in range(2000))
    assert abs(met - 2000 * share) < 5 * (2000 * share * (1 - share)) ** 0.5


def test_two_heads_choose_independently() -> None:
    """The mails of one head's canary are not those of another's."""
    mails = [b"%d" % n for n in range(4000)]
    first = {m for m in mails if in_share("canary a", m, 0.5)}
    two = {m for m in mails if in_share("canary b", m, 0.5)}
    assert 0.4 < len(first & two) / len(first) < 0.6
