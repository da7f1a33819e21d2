"""The cleaner's laws: total, idempotent, made of the input only, linear."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from gateway.mail import MailInput, clean
from gateway.mail.cli import mail_of
from gateway.mail.message.mojibake import repaired
from gateway.mail.message.normalise import normalise
from tests.data.mail.adversarial import MESSAGES, PAGES, TEXTS
from tests.support.cost import holds, ordinary_s
from tests.support.examples import examples

_PIECES = (
    "> old\n", ">\n", "On 3 May 2026 at 10:00, Bob <b@x.example> wrote:\n", "Bob wrote:\n", "\n",
    "From: Bob <b@x.example>\n", "Sent: 3 May 2026 10:00\n", "To: a\n", "Subject: x\n", "-- \n",
    "--\n", "_____\n", "-----Original Message-----\n", "Best,\n", "Thanks,\n", "Joe\n", "Yes.\n",
    "Sent from my iPhone\n", "[EXTERNAL] ", "CAUTION: external email, do not click\n", "PS: x\n",
    "This email is confidential, intended recipient only, unauthorised disclosure prohibited.\n",
    "+1 555 010 1234\n", "www.acme.example\n", "Ann Lee | CEO\n", "talk to Ann Lee\n",
    "we are set\n",
    "Ping me in March", "take me off your list", "stop", "Löschen Sie meine Daten. ",
    " or after the summer.\n", "Nothing before Q3 ", "let's talk then. ",
    "Begin forwarded message:\n", "wrote:\n", " ", ":", "\u200b", "\r", "=====\n", "~Joe\n",
)  # fmt: skip
_RESIDUE = (
    "[cid:a]", "[ci", "d:b]", "![x](y)", "<!-- a -->", "<!--", "-->", "a<https://x.example>",
    "<https", "://y.example>", "<https://z.example>\n", "<a.pdf>\n", "[Ticket#1]\n",
    "Ticket: 12\n", "ref:_00D.5:ref", "-----BEGIN PGP SIGNED MESSAGE-----\n", "Hash: SHA1\n",
    "- -----BEGIN PGP MESSAGE-----\n", "-----BEGIN PGP SIGNATURE-----\n", "AAAA\n",
    "-----END PGP SIGNATURE-----\n", "- - x\n", "Join Zoom Meeting\n", "https://zoom.us/j/1\n",
    "Meeting ID: 1\n", "+1 312 555 0100\n", "_____\n",
    "-------------- next part --------------\n", "URL: <http://a.example>\n", "ACME-INTERNAL\n",
    "[ACME-INTERN]", "Sensitivity: Public\n", "Attachments:\n", "- a.pdf\n", "Scanned by X\n",
    "This message was scanned for viruses.\n", "Sent with Quillbox\n", "<\n", ">\n", "> wrote:\n",
    "On 3 May 2026 at 10:00, Bob\n", "b@x.example\n", "yes\n", "\n", "we are set ", "> old\n",
    "here:\n",
)  # fmt: skip
_OPENINGS = (
    "On 3 May 2026, Bob\n", "On 3 May 2026 at 10:00, Bob <b@x.example> wrote:\n",
    "Am 3. Mai 2026 schrieb Bob\n", "Le 3 mai 2026 à 10:00, Bob\n", "at 10:00\n", "<\n", "[\n",
)  # fmt: skip
_BRACKETS = ("<\n", ">\n", "[\n", "]\n", "(\n", ")\n", "b@x.example\n", "wrote:\n", "a écrit :\n")
_TWICE = (
    "Ã", "¼", "ÃŸ", "fÃ¼r", "Â", "\xa0", "\xad", "\u200b", "â€", "™", "œ", "\x80", "…", "Ñ", "Ð”",
    "Ã ", "\x7f", "\n", " ", "é", "ü", "Ä…", "ĂĽ", "Р”", "п", "°", "ÃƒÂ¼", "> ", "-- \n",
)  # fmt: skip
_WORDS = (
    "Grüße für Köln", "déjà vu, à bientôt", "Mañana llamaré", "Não, amanhã", "für 30 Plätze",
    "Dziękuję, są źli", "Děkuji, těším se", "I’m in – “yes”", "tröôße",
)  # fmt: skip
CLUTTERED = st.lists(st.sampled_from(_RESIDUE) | st.text(max_size=6), max_size=30).map("".join)
MAILS = st.lists(st.sampled_from(_PIECES) | st.text(max_size=12), max_size=40).map("".join)
INTRODUCED = st.builds(
    lambda opening, rest: opening + "".join(rest),
    st.sampled_from(_OPENINGS),
    st.lists(st.sampled_from(_PIECES + _RESIDUE + _BRACKETS), max_size=8),
)
FAST = settings(max_examples=examples(150), suppress_health_check=list(HealthCheck))


@FAST
@given(MAILS)
def test_cleaning_is_idempotent(text: str) -> None:
    """What was cleaned once stays as it is."""
    first = clean(MailInput(text=text)).text
    assert clean(MailInput(text=first)).text == first


@FAST
@given(INTRODUCED)
@example("On 3 May 2026, Bob\n<\nb@x.example\n>\nwrote:\nHello there")
@example("On 3 May 2026 at 10:00, Bob <b@x.example> wrote:\nBest,\nJoe\n")
def test_what_an_attribution_opens_is_cleaned_once(text: str) -> None:
    """Whatever is cut or kept below an attribution at the top, what stays is stable."""
    first = clean(MailInput(text=text)).text
    assert clean(MailInput(text=first)).text == first


@FAST
@given(st.lists(st.sampled_from(_TWICE) | st.text(max_size=4), max_size=20).map("".join))
@example("Ä…\x85")
def test_reading_twice_encoded_text_is_idempotent(text: str) -> None:
    """What was read once more stays as it is, whatever stood between its signs."""
    first = clean(MailInput(text=text)).text
    assert clean(MailInput(text=first)).text == first


@FAST
@given(st.sampled_from(_WORDS), st.sampled_from(("cp1252", "cp1250", "mac-roman")))
def test_words_encoded_twice_come_back(words: str, codec: str) -> None:
    """UTF-8 that was read as another charset is what it was, and said to be guessed."""
    assume(_can_be_read(words.encode(), codec))
    twice = words.encode().decode(codec)
    cleaned = clean(MailInput(text=twice))

    assert cleaned.text == words
    assert "charset_guessed" in cleaned.flags


@FAST
@given(CLUTTERED)
def test_what_was_rid_of_residue_stays_as_it_is(text: str) -> None:
    """Taking marks, armour and links out brings no new ones to light and adds nothing."""
    assume(not _is_twice(text))
    first = clean(MailInput(text=text)).text
    letters = iter(normalise(text))

    assert clean(MailInput(text=first)).text == first
    assert all(letter.isspace() or letter in letters for letter in first)


def test_marks_within_marks_leave_nothing_to_find() -> None:
    """Marks that come to light when others are taken out are taken out as well."""
    for text in (
        "a <!-- x <!----> y --> b",
        "a <!-- <!-- <!-- --> --> --> b",
        "a [im[cid:x]age: y] b",
    ):
        first = clean(MailInput(text=text)).text
        assert clean(MailInput(text=first)).text == first


@FAST
@given(MAILS)
def test_output_is_made_of_the_input(text: str) -> None:
    """Every line of the result is (the head or tail of) a line of the input."""
    assume(not _is_twice(text))
    source = {line.strip() for line in normalise(text).split("\n")}
    for line in clean(MailInput(text=text)).text.split("\n"):
        assert line.strip() in source or any(line.strip() in whole for whole in source)


@FAST
@given(MAILS)
def test_every_span_lies_in_the_text(text: str) -> None:
    """The place and words of a referral, a time or an opt-out are the text's own."""
    cleaned = clean(MailInput(text=text))
    for person in cleaned.referral:
        assert 0 <= person.start <= person.end <= len(cleaned.text)
        assert person.name is None or person.name in cleaned.text
    later = cleaned.follow_up
    assert later is None or cleaned.text[later.start : later.end] == later.text
    assert (cleaned.opt_out_span is None) == (cleaned.opt_out_evidence is None)
    if cleaned.opt_out_span is not None:
        assert cleaned.text[slice(*cleaned.opt_out_span)]


@FAST
@given(st.binary(max_size=2_000))
def test_raw_is_total(data: bytes) -> None:
    """Any bytes have an answer."""
    assert clean(MailInput(raw=data)).kept_chars >= 0


@FAST
@given(st.text(alphabet=st.characters(), max_size=500), st.text(max_size=100))
def test_html_and_headers_are_total(html: str, value: str) -> None:
    """Any characters in HTML, subject, headers and thread have an answer."""
    mail = MailInput(html=html, subject=value, headers={value: value}, last_outbound=value)
    assert clean(mail).kept_chars >= 0


ALL = (
    [("text", name, make) for name, make in TEXTS.items()]
    + [("html", name, make) for name, make in PAGES.items()]
    + [("raw", name, make) for name, make in MESSAGES.items()]
)


@pytest.mark.parametrize(("shape", "name", "make"), ALL, ids=[f"{s}-{n}" for s, n, _ in ALL])
def test_doubling_the_input_less_than_doubles_and_a_half_the_time(
    shape: str, name: str, make: Callable[[int], str | bytes]
) -> None:
    """Twice the input takes under 2.5 times as long (or is too quick to measure)."""
    mails = [mail_of(shape, make(size)) for size in (24_000, 48_000)]
    assert holds(lambda single, double: double < max(2.5 * single, 0.02), *mails)


@pytest.mark.parametrize(("shape", "name", "make"), ALL, ids=[f"{s}-{n}" for s, n, _ in ALL])
def test_a_megabyte_of_anything_ends_within_a_second(
    shape: str, name: str, make: Callable[[int], str | bytes]
) -> None:
    """No megabyte costs more than a second of processor time, or than a thousand replies.

    What a reply costs is asked after each try: machines change their speed.
    """
    mail = mail_of(shape, make(999_999))
    assert holds(lambda seconds: seconds < 1.0 or seconds < 1000 * ordinary_s(), mail)


def _can_be_read(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeError:
        return False
    return True


def _is_twice(text: str) -> bool:
    """Whether `text` holds what was encoded twice, and is read in other letters."""
    return repaired(text)[1] or repaired(normalise(text))[1]
