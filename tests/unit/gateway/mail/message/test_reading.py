"""What a mail says is read whatever wraps it: charsets, sealed parts, broken characters, size."""

import tracemalloc
from typing import Any

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.cli import mail_of
from gateway.mail.message import html, source, visibility
from tests.support.mail_cases import check_case, mail_cases, name_of


@pytest.mark.parametrize("case", mail_cases("charsets"), ids=name_of)
def test_bytes_are_read_or_flagged(case: dict[str, Any]) -> None:
    """The words come out right; a flag says so where no label vouched for them."""
    check_case(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", mail_cases("unreadable"), ids=name_of)
def test_words_out_of_reach_are_flagged(case: dict[str, Any]) -> None:
    """Sealed, packed and painted words are no empty mail, and no detached signature is sealed."""
    check_case(case, mail_of(case["format"], case["content"]))


def test_a_switch_leaves_unreadable_mail_empty() -> None:
    """With the rule turned off, mail whose words are out of reach is what its text is: empty."""
    case = next(case for case in mail_cases("unreadable") if case["name"] == "winmail")
    mail = mail_of(case["format"], case["content"])

    assert clean(mail).rule == "unreadable"
    assert clean(mail, disabled_rules=frozenset(("unreadable",))).rule == "empty.body"
    assert clean(mail, disabled_rules=frozenset(("unreadable", "empty"))).decision is None


@pytest.mark.parametrize("broken", ["\ud800", "\udfff\x00", "a\x00b\ud83d"])
def test_broken_characters_are_dropped_and_said(broken: str) -> None:
    """Half a surrogate pair or a NUL, wherever it stands, costs nothing but itself."""
    mails = (
        MailInput(text=f"Friday {broken} suits us."),
        MailInput(html=f"<p title='{broken}'>Friday {broken} suits us.</p>"),
        MailInput(text="Friday suits us.", subject=broken),
        MailInput(text="Friday suits us.", headers={"From": broken, broken: "x", "Date": broken}),
        MailInput(text="Friday", last_outbound=broken, own_domains=(broken,)),
    )
    for mail in mails:
        cleaned = clean(mail)
        assert cleaned.text.startswith("Friday")
        assert not any(
            "\ud800" <= letter <= "\udfff" or letter == "\x00" for letter in cleaned.text
        )
        assert "broken_characters" in cleaned.flags
    assert "broken_characters" not in clean(MailInput(text="Friday 😀")).flags


def _message(*parts: bytes) -> bytes:
    body = b"".join(b"--q7\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/mixed; boundary=q7\r\n\r\n" + body + b"--q7--\r\n"


_WORDS = b"Content-Type: text/plain\r\n\r\nFriday suits us."
_FILE = (
    b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)


@pytest.mark.parametrize("megabytes", [1, 24])
def test_attachments_are_passed_over(megabytes: int) -> None:
    """A large attachment costs no memory of its size, wherever it stands, and no word is lost."""
    attachment = _FILE + b"QUJDREVGR0hJSktM" * (megabytes * 62_500)
    for parts in ((_WORDS, attachment), (attachment, _WORDS)):
        raw = _message(*parts)
        tracemalloc.start()
        cleaned = clean(MailInput(raw=raw))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert (cleaned.text, cleaned.flags) == ("Friday suits us.", ())
        assert peak < 1_000_000


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: text/plain\r\n\r\n" + b"hello there you\r\n" * 1_300_000,
        b"Content-Type: text/html\r\n\r\n" + b"<p>a</p>" * 2_900_000,
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"aGVsbG8g" * 2_900_000,
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=41=20" * 3_900_000,
    ],
    ids=["plain", "html", "base64", "quoted"],
)
def test_long_texts_are_cut_and_said_to_be(part: bytes) -> None:
    """Text of a message near the limit is read as far as the bound for text goes."""
    raw = _message(part)
    tracemalloc.start()
    cleaned = clean(MailInput(raw=raw))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "truncated" in cleaned.flags
    assert 0 < len(cleaned.text) < 300_000
    assert peak < 100_000_000


def test_pictures_inside_html_do_not_count_as_text() -> None:
    """Megabytes of a picture written into an address leave the words below it."""
    picture = "<img src='data:image/png;base64," + "iVBOR" * 600_000 + "'>"
    raw = f"Content-Type: text/html\r\n\r\n<p>Friday</p>{picture}<p>suits us.</p>".encode()

    assert clean(MailInput(raw=raw)).text == "Friday\n\nsuits us."


@pytest.mark.parametrize(
    ("unit", "size", "parts"), [(b"<p>a<br>", 9_000, 190), (b"<i>a</i> ", 400_000, 4)]
)
def test_html_over_many_parts_is_rendered_within_one_limit(
    unit: bytes, size: int, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The elements rendered for a mail have one bound, however many parts they stand in."""
    rendered = 0

    def counted(*arguments: Any) -> Any:
        nonlocal rendered
        rendered += 1
        return visibility.sight_of(*arguments)

    monkeypatch.setattr(html, "sight_of", counted)
    part = b"Content-Type: text/html\r\n\r\n" + unit * (size // len(unit))
    cleaned = clean(MailInput(raw=_message(*[part] * parts)))

    assert rendered <= html.MAX_NODES
    assert "truncated" in cleaned.flags
    assert cleaned.text.startswith("a")


def test_html_is_left_unread_when_the_text_is_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """HTML behind more text than is ever split is not rendered, and the mail says it was cut."""
    long = b"Content-Type: text/html\r\n\r\n<p>" + b"hello there " * 20_000
    late = b"Content-Type: text/html\r\n\r\n<p>late"
    rendered: list[str] = []

    def kept(page: str, budget: html.Budget | None = None) -> html.HtmlText:
        result = html.html_to_text(page, budget)
        rendered.append(result.text)
        return result

    monkeypatch.setattr(source, "html_to_text", kept)
    cleaned = clean(MailInput(raw=_message(long, late)))

    assert [bool(text) for text in rendered] == [True, False]
    assert "truncated" in cleaned.flags
