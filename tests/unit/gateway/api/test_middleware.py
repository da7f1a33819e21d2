"""What every request passes: its timeout header is read."""

import pytest

from gateway import errors
from gateway.api.middleware import timeout_s


def test_a_timeout_is_bounded_and_checked() -> None:
    """Absent: the default; above the limit: the limit; not a positive whole number: refused."""
    assert timeout_s(None, 5_000, 60_000) == 5
    assert timeout_s("250", 5_000, 60_000) == 0.25
    assert timeout_s("999999", 5_000, 60_000) == 60
    for wrong in ("", "0", "-1", "1.5", "x", "９", "1" * 10):
        with pytest.raises(errors.InvalidTimeoutError):
            timeout_s(wrong, 5_000, 60_000)
