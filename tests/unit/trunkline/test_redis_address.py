"""URLs of Redis servers."""

import pytest

from trunkline.redis_address import Address, parse_address


def test_a_url_is_read_and_its_password_is_never_shown() -> None:
    """All parts are taken, escapes among them; neither user nor password is in the repr."""
    address = parse_address("rediss://u:p%40ss@cache.internal:7000/3")
    assert address == Address("cache.internal", 7000, True, 3, "u", "p@ss")
    assert "p@ss" not in repr(address)
    assert parse_address("redis://cache") == Address("cache", 6379, False, 0, "", "")


@pytest.mark.parametrize(
    "url", ["http://secret@host", "redis://", "redis://:secret@host/x", "redis://h:secret", "x"]
)
def test_another_url_is_refused_without_being_quoted(url: str) -> None:
    """The error's text may be logged: it holds nothing of the URL."""
    with pytest.raises(ValueError, match=r"must be|not a URL") as error:
        parse_address(url)
    assert "secret" not in str(error.value)
