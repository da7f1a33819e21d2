"""What a mail may make a parser do is bounded, and the author's words survive the bound."""

import unicodedata

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.message.marks import bound_marks
from gateway.mail.message.normalise import for_model, normalise
from gateway.mail.message.parse import parse

WORDS = "Not interested."
PART = b"--b\r\n%s\r\n\r\n%s\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def test_a_tag_of_distinct_attributes_leaves_the_words() -> None:
    """Whoever sends a hundred thousand attributes is still understood."""
    html = "<p " + " ".join(f"a{n}" for n in range(100_000)) + f">{WORDS}</p>"
    assert clean(MailInput(html=html)).text == WORDS
    assert clean(MailInput(raw=b"Content-Type: text/html\r\n\r\n" + html.encode())).text == WORDS


@pytest.mark.parametrize("row", ["\u0316\u0301", "\u0301", "\U0001e944\U00010a0f", "\u0f73\u0301"])
def test_a_row_of_marks_is_cut_to_thirty(row: str) -> None:
    """Normal forms sort a row of marks by exchanging neighbours; no longer row reaches them."""
    text = normalise("a" + row * 5_000 + " " + WORDS)
    assert text.endswith(WORDS)
    assert len(unicodedata.normalize("NFD", text)) < 100


def test_a_row_of_marks_as_languages_use_it_stays() -> None:
    """Up to thirty marks on a letter are kept as they are, and so are their neighbours."""
    for text in ("a" + "\u0316" * 30 + "b", "שָׁלוֹם", "नमस्ते", "e\u0301\u0323", "ｶﾞ"):
        assert bound_marks(text) == text


def test_rows_that_meet_where_a_joiner_went_are_cut_again() -> None:
    """Joiners between rows of marks go from the encoder's text; the row that they leave is cut."""
    model, _ = for_model("\u0628" + ("\u064e" * 30 + "\u200c") * 2_000 + " " + WORDS)
    assert len(model) < 100
    assert model.endswith(WORDS)


@pytest.mark.parametrize("letter", ["\ufdfb", "\ufdfa", "㍿", "ﬃ"])
def test_letters_that_spell_many_do_not_outgrow_the_encoder(letter: str) -> None:
    """However many letters one stands for, the encoder's text keeps within its limit."""
    model, _ = for_model(WORDS + " " + letter * 190_000)
    assert model.startswith(WORDS)
    assert len(model) <= 200_000


def test_the_headers_of_all_parts_share_one_limit() -> None:
    """Large headers of many parts are passed over and flagged; the words before them stay."""
    head = b"Content-Type: text/plain\r\n" + b"X-A: b\r\n" * 5_000
    raw = MIXED + PART % (b"Content-Type: text/plain", WORDS.encode()) + PART % (head, b"x") * 100
    parsed = parse(raw)
    assert "headers_truncated" in parsed.flags
    assert parsed.parts[0].text.strip() == WORDS
    assert "headers_truncated" not in parse(MIXED + PART % (head, b"x") * 5).flags


def test_only_some_parts_have_their_charset_guessed() -> None:
    """Twenty parts are guessed as ever; of more the label is believed, and the flag says so."""
    russian = "Здравствуйте, мне это не интересно".encode("cp1251")
    parts = parse(MIXED + PART % (b"Content-Type: text/plain", russian) * 30).parts
    assert len({part.text for part in parts[:20]}) == 1
    assert parts[19].text.startswith("Здравствуйте")
    labelled = b"Content-Type: text/plain; charset=windows-1251"
    assert all(
        part.text.startswith("Здравствуйте")
        for part in parse(MIXED + PART % (labelled, russian) * 30).parts
    )


def test_garbage_in_base64_takes_no_memory_a_character() -> None:
    """What is no base64 is passed over, whatever lies between."""
    body = b"Tm90!!\xff\xff\x00 IGludGVyZXN0\r\nZWQu"
    head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert clean(MailInput(raw=head + body)).text == WORDS
