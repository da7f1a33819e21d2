"""How commands take a key and show it: whatever the variable holds, nobody sees it."""

import click
import pytest

from gateway.client.credentials import named_key

KEY = "tlk_canary"


def key_of(monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """Return the key of a command whose variable holds this text."""
    monkeypatch.setenv("THE_KEY", text)
    return named_key("THE_KEY")


@pytest.mark.parametrize("text", [KEY, f"{KEY}\r", f"{KEY}\r\n", f" {KEY}\t"])
def test_what_surrounds_a_key_is_left_out(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A file of another system ends its lines with a carriage return."""
    assert key_of(monkeypatch, text) == KEY


@pytest.mark.parametrize("text", ["", " ", "\r\n"])
def test_no_key_is_none_shown(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Blanks are as good as an unset variable."""
    assert key_of(monkeypatch, text) == ""


@pytest.mark.parametrize("text", [f"{KEY}\rX: y", f"{KEY}\nX: y", f"{KEY}\x7f", f"{KEY}€"])
def test_what_no_header_carries_is_refused_unseen(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """The variable is named; the key is in no message and in no traceback."""
    with pytest.raises(click.UsageError, match=r"^THE_KEY holds") as caught:
        key_of(monkeypatch, text)
    assert "canary" not in str(caught.getrepr(style="short"))
