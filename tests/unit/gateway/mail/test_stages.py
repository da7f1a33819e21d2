"""Single stages of the cleaner: attribution, header blocks, furniture, signatures, charsets."""

import json

import pytest
from click.testing import CliRunner

from gateway.mail import MailInput, clean
from gateway.mail.cli import clean_command
from gateway.mail.message.charset import decode, decode_words
from gateway.mail.message.normalise import for_model, normalise
from gateway.mail.message.parse import parse
from gateway.mail.patterns.evidence import has_evidence
from gateway.mail.patterns.line_shape import is_name, is_sentence
from gateway.mail.zones.header_block import is_divider, label_of


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"don\x92t", "iso-8859-1", "don’t"),
        (b"don\x92t", None, "don’t"),
        ("später".encode(), "us-ascii", "später"),
        ("später".encode(), "x-unknown", "später"),
        ("später".encode(), "utf8mb4", "später"),
        (b"h\x84tte", "cp-850", "hätte"),
        (b"abc", "punycode", "abc"),
        (b"6162", "hex", "6162"),
        ("不".encode("gb18030"), "gb2312", "不"),
    ],
)
def test_bytes_become_text_whatever_the_charset_says(
    data: bytes, charset: str | None, text: str
) -> None:
    """Declared charset, then UTF-8, then Windows-1252; never an error or a replacement mark."""
    assert decode(data, charset) == text


def test_encoded_words_are_joined() -> None:
    """Words next to each other lose the blank between them, broken ones stay."""
    assert decode_words("=?utf-8?B?U3DDpA==?= =?utf-8?Q?ter?= x") == "Später x"
    assert decode_words("=?utf-8?q") == "=?utf-8?q"


def test_invisible_characters_vanish_and_spaces_are_plain() -> None:
    """Nothing invisible is left, line ends are LF, letters are composed."""
    assert normalise("a\u200bb\u00a0c\r\nd\u202ee\x00\ud800") == "ab c\nde"
    assert normalise("e\u0301") == "é"


@pytest.mark.parametrize(
    ("text", "model", "hidden"),
    [
        ("not interested", "not interested", False),
        ("ｎｏｔ ｉｎｔｅｒｅｓｔｅｄ", "not interested", False),
        ("unsubsсribe mе", "unsubscribe me", True),
        ("s t o p it", "stop it", True),
        ("спасибо, не надо", "спасибо, не надо", False),
        ("plan a b or c", "plan a b or c", False),
    ],
)
def test_hidden_words_are_folded_and_flagged(text: str, model: str, hidden: bool) -> None:
    """Mixed scripts and spaced letters are mapped and flagged; honest scripts stay."""
    assert for_model(text) == (model, hidden)
    assert ("obfuscated" in clean(MailInput(text=text)).flags) == hidden


def test_bounds_hold_before_parsing() -> None:
    """Two thousand nested multiparts, ten thousand parts and long headers end quickly."""
    nested = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 2_000
    assert "parts_truncated" in parse(nested).flags
    many = b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 10_000
    assert len(parse(many).parts) <= 200
    assert "headers_truncated" in parse(b"A: b\n" * 20_000).flags


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("On Friday I am off", False),
        ("at 10:15", True),
        ("a@b.example", True),
        ("3 May", True),
        ("5.5.2026", True),
        ("version 2 of it", False),
    ],
)
def test_evidence_is_a_date_a_time_or_an_address(text: str, found: bool) -> None:
    """A weekday alone proves nothing."""
    assert has_evidence(text) == found


def test_shapes_of_lines() -> None:
    """Labels, dividers, names and sentences are told apart."""
    assert label_of("*Von:* Tom") == ("from", "Tom")
    assert label_of("发件人：Li") == ("from", "Li")
    assert label_of("Price: 5") is None
    assert is_divider("-----Ursprüngliche Nachricht-----")
    assert not is_divider("-- Original message")
    assert is_name("Thi Nguyen-Huu")
    assert not is_name("no thanks")
    assert is_sentence("We have no budget for this year.")


def test_command_prints_the_contract() -> None:
    """One JSON object with exactly the agreed fields."""
    result = CliRunner().invoke(clean_command, ["-"], input="Fine.\n> old\n")
    answer = json.loads(result.stdout)
    assert ",".join(answer) == (
        "text,signature,quoted,banner,disclaimer,flags,decision,rule,referral,return_date,"
        "auto_kind,evidence,opt_out,opt_out_evidence,opt_out_span,delegate,follow_up,"
        "kept_chars,thread_chars"
    )
    assert (answer["text"], answer["quoted"]) == ("Fine.", "> old")


def test_command_prints_opt_outs_times_and_quoted_words() -> None:
    """What the cleaner found of an opt-out and of a time to write again is printed as JSON."""
    mail = "Take me off your list.\nOr write to me on 5 May 2027.\n> old\n"
    arguments = ["--scope", "thread", "-"]
    answer = json.loads(CliRunner().invoke(clean_command, arguments, input=mail).stdout)
    assert (answer["opt_out_evidence"], answer["opt_out_span"]) == ("explicit", [0, 21])
    assert answer["follow_up"]["not_before"] == "2027-05-05"
    assert answer["thread_chars"] == len("\n\nold")


def test_lines_are_answered_in_order_and_bad_ones_in_their_place() -> None:
    """A bad line gets an error object, and the next line its answer."""
    rows = [
        json.dumps({"id": 1, "format": "text", "content": "a\n> b"}),
        "{broken",
        json.dumps({"id": 2, "format": "pdf", "content": "a"}),
        json.dumps([1]),
        json.dumps({"id": 3, "format": "html", "content": "<p>x\ud800</p>"}),
        json.dumps({"id": 4, "format": "raw", "content": "Subject: a\n\nhello"}),
    ]
    result = CliRunner().invoke(clean_command, ["--jsonl", "-"], input="\n".join(rows))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, None, 2, None, 3, 4]
    assert ["error" in answer for answer in answers] == [False, True, True, True, False, False]
    assert answers[5]["text"] == "hello"
