"""The cleaner's laws: total, idempotent, made of the input only, linear."""

import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.mail import MailInput, clean
from gateway.mail.message.normalise import normalise

sys.path.insert(0, str(Path(__file__).parents[1] / "data/mail"))
from adversarial import MESSAGES, PAGES, TEXTS

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
MAILS = st.lists(st.sampled_from(_PIECES) | st.text(max_size=12), max_size=40).map("".join)
FAST = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@FAST
@given(MAILS)
def test_cleaning_is_idempotent(text):
    """What was cleaned once stays as it is."""
    first = clean(MailInput(text=text)).text
    assert clean(MailInput(text=first)).text == first


@FAST
@given(MAILS)
def test_output_is_made_of_the_input(text):
    """Every line of the result is (the head or tail of) a line of the input."""
    source = {line.strip() for line in normalise(text).split("\n")}
    for line in clean(MailInput(text=text)).text.split("\n"):
        assert line.strip() in source or any(line.strip() in whole for whole in source)


@FAST
@given(MAILS)
def test_every_span_lies_in_the_text(text):
    """A referral's place and words are the text's own."""
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
def test_raw_is_total(data):
    """Any bytes have an answer."""
    assert clean(MailInput(raw=data)).kept_chars >= 0


@FAST
@given(st.text(alphabet=st.characters(), max_size=500), st.text(max_size=100))
def test_html_and_headers_are_total(html, value):
    """Any characters in HTML, subject, headers and thread have an answer."""
    mail = MailInput(html=html, subject=value, headers={value: value}, last_outbound=value)
    assert clean(mail).kept_chars >= 0


def _seconds(mail):
    """The better of two runs, in processor time."""
    times = []
    for _ in range(2):
        start = time.process_time()
        clean(mail)
        times.append(time.process_time() - start)
    return min(times)


ALL = (
    [("text", name, make) for name, make in TEXTS.items()]
    + [("html", name, make) for name, make in PAGES.items()]
    + [("raw", name, make) for name, make in MESSAGES.items()]
)


@pytest.mark.parametrize(("shape", "name", "make"), ALL, ids=[f"{s}-{n}" for s, n, _ in ALL])
def test_doubling_the_input_less_than_doubles_and_a_half_the_time(shape, name, make):
    """Twice the input takes under 2.5 times as long (or is too quick to measure)."""
    single = _seconds(MailInput(**{shape: make(24_000)}))
    double = _seconds(MailInput(**{shape: make(48_000)}))
    assert double < max(2.5 * single, 0.02)


@pytest.mark.parametrize(("shape", "name", "make"), ALL, ids=[f"{s}-{n}" for s, n, _ in ALL])
def test_a_megabyte_of_anything_ends_within_a_second(shape, name, make):
    """No megabyte costs more than one second of processor time."""
    assert _seconds(MailInput(**{shape: make(999_999)})) < 1.0
