"""A request's deadline, handed down as what is left."""

import pytest

from gateway import errors
from gateway.inference.deadline import Deadline, within


def test_a_deadline_is_never_negative() -> None:
    """What is left is handed down only while something is left."""
    assert 0 < within(5).remaining() <= 5
    with pytest.raises(errors.DeadlineExceededError):
        Deadline(0).remaining()
