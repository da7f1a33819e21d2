"""What a mail says is read whatever wraps it: charsets, residue, indents, quotes, sealed parts."""

import json
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.cli import mail_of

_FOLDER = Path(__file__).parents[1] / "data/mail"


def _cases(name: str) -> list[object]:
    rows = (_FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [pytest.param(case, id=case["name"]) for case in map(json.loads, rows)]


def _check(case, mail: MailInput) -> None:
    cleaned = clean(mail)
    if "text" in case:
        assert cleaned.text == case["text"]
    assert set(case["flags"]) <= set(cleaned.flags)
    assert set(case["absent"]).isdisjoint(cleaned.flags)
    if "decision" in case:
        assert cleaned.decision == case["decision"]


@pytest.mark.parametrize("case", _cases("charsets"))
def test_bytes_are_read_or_flagged(case):
    """The words come out right; a flag says so where no label vouched for them."""
    _check(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", _cases("residue"))
def test_what_programs_add_is_cut_and_what_authors_type_stays(case):
    """Marks, armour, numbers and joining instructions go; links and codes in sentences stay."""
    _check(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", _cases("own_words"))
def test_own_words_stay_and_introduced_ones_go(case):
    """Indents, odd styles and long attributions lose nothing of the author's and keep no quote."""
    _check(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", _cases("unreadable"))
def test_words_out_of_reach_are_flagged(case):
    """Sealed, packed and painted words are no empty mail, and no detached signature is sealed."""
    _check(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", _cases("thread"))
def test_the_thread_is_read_newest_first(case):
    """With the scope "thread" the quoted mails' words follow; by default they do not."""
    mail = mail_of(case["format"], case["content"])
    newest = clean(mail).text

    _check(case, replace(mail, scope="thread"))
    assert case["text"].startswith(newest)


@pytest.mark.parametrize("broken", ["\ud800", "\udfff\x00", "a\x00b\ud83d"])
def test_broken_characters_are_dropped_and_said(broken):
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
def test_attachments_are_passed_over(megabytes):
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
def test_long_texts_are_cut_and_said_to_be(part):
    """Text of a message near the limit is read as far as the bound for text goes."""
    raw = _message(part)
    tracemalloc.start()
    cleaned = clean(MailInput(raw=raw))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "truncated" in cleaned.flags
    assert 0 < len(cleaned.text) < 300_000
    assert peak < 100_000_000


def test_pictures_inside_html_do_not_count_as_text():
    """Megabytes of a picture written into an address leave the words below it."""
    picture = "<img src='data:image/png;base64," + "iVBOR" * 600_000 + "'>"
    raw = f"Content-Type: text/html\r\n\r\n<p>Friday</p>{picture}<p>suits us.</p>".encode()

    assert clean(MailInput(raw=raw)).text == "Friday\n\nsuits us."


_GROWN = {
    "pictures": "[cid:a] x\n",
    "targets": "a<https://x.example>\n",
    "armour": "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n",
    "joining": "Join Zoom Meeting\nhttps://zoom.us/j/1\nx\n",
    "numbers": "[Ticket#1]\nx\n",
    "next part": "-------------- next part --------------\nx\n",
    "attachments": "Attachments:\n- a.pdf\n",
    "closings": "On 3 May 2026, Bob\n<\nb@x.example\n>\nx\n",
    "quotes": "> x\n",
}


@pytest.mark.parametrize("unit", _GROWN.values(), ids=_GROWN)
def test_twice_the_lines_cost_twice_the_calls(unit):
    """The calls made for a text grow as its lines do."""
    single, double = (_calls(unit * count) for count in (200, 400))

    assert double < 2.2 * single


def _calls(text: str) -> int:
    """How many functions run while `text` is cleaned, quotes included."""
    count = 0

    def step(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(step)
    try:
        clean(MailInput(text=text, scope="thread"))
    finally:
        sys.setprofile(None)
    return count
