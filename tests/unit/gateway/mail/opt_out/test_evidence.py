"""Who ends all mail from us in his own words: instructions, not questions or features."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.languages.notice_moves import NOTICE_MOVES
from gateway.mail.languages.notice_moves_more import NOTICE_MOVES_MORE
from gateway.mail.languages.notice_unspaced import UNSPACED_MOVES
from gateway.mail.languages.opt_out_tables import OPT_OUTS
from gateway.mail.opt_out.evidence import opt_out_evidence, strongest
from gateway.mail.patterns.small_text import small_text

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parents[4] / "data/mail/opt_out.jsonl")
    .read_text("utf-8")
    .splitlines()
]
OPEN = [row for row in ROWS if row["split"] == "open"]
HELD_BACK = [row for row in ROWS if row["split"] == "held_back"]


def _strength(row: dict[str, Any]) -> str | None:
    found = strongest(opt_out_evidence(small_text(row["text"])))
    return found.strength if found else None


@pytest.mark.parametrize("row", OPEN, ids=[row["name"] for row in OPEN])
def test_an_instruction_is_evidence_and_nothing_else_is(row: dict[str, Any]) -> None:
    """Instructions are explicit, complaints likely; questions and features are none."""
    assert _strength(row) == row["evidence"]


def test_cases_written_first_are_read_as_well() -> None:
    """On cases written before the reader, "explicit" is right in 97 % and misses 10 %."""
    explicit = [row for row in HELD_BACK if _strength(row) == "explicit"]
    wanted = [row for row in HELD_BACK if row["evidence"] == "explicit"]
    right = [row for row in wanted if _strength(row) == "explicit"]
    assert len(right) >= 0.97 * len(explicit)
    assert len(right) >= 0.90 * len(wanted)


def test_there_are_enough_cases() -> None:
    """At least 200 cases over 15 languages, a third held back, both answers in each language."""
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 200
    assert len(HELD_BACK) * 3 >= 200
    languages = {row["lang"] for row in ROWS}
    assert len(languages) >= 15
    for language in languages:
        answers = {row["evidence"] for row in ROWS if row["lang"] == language}
        assert {"explicit", None} <= answers


def test_opt_outs_are_read_in_every_language_of_automatic_replies() -> None:
    """What automatic replies are known in, opt-outs are; Turkish, known by subjects alone, too."""
    assert {*NOTICE_MOVES, *NOTICE_MOVES_MORE, *UNSPACED_MOVES, "tr"} == set(OPT_OUTS)
    assert {row["lang"] for row in ROWS} == set(OPT_OUTS)


def test_every_language_tells_whose_mail_is_meant_and_who_speaks() -> None:
    """No table lacks the words for third parties and for reported speech."""
    for words in OPT_OUTS.values():
        assert words.others
        assert words.reported or words.reported_behind


# A ban of mail from somebody, in every language; {} is who sends it, then who we are.
_FROM_WHOM = {
    "en": ("We no longer want to receive emails from {}.", "you"),
    "de": ("Wir möchten keine E-Mails mehr von {} erhalten.", "Ihnen"),
    "fr": ("Nous ne voulons plus recevoir de mails de {}.", "votre part"),
    "es": ("Ya no queremos recibir más correos de {}.", "ustedes"),
    "it": ("Non vogliamo più ricevere mail da {}.", "voi"),
    "nl": ("Wij willen geen mails meer van {}.", "jullie"),
    "pt": ("Não queremos receber mais e-mails de {}.", "vocês"),
    "sv": ("Vi vill inte ha fler mejl från {}.", "er"),
    "da": ("Vi ønsker ikke flere mails fra {}.", "jer"),
    "no": ("Vi ønsker ikke flere e-poster fra {}.", "dere"),
    "pl": ("Nie chcemy więcej otrzymywać maili od {}.", "was"),
    "cs": ("Nechceme dostávat další maily od {}.", "vás"),
    "ru": ("Мы не хотим больше получать письма от {}.", "вас"),
}


@pytest.mark.parametrize("language", _FROM_WHOM)
@pytest.mark.parametrize("sender", ["HubSpot", "Rival", "Quorvex Media", "d.o.o. Zeta"])
def test_who_ends_anothers_mail_ends_not_ours(language: str, sender: str) -> None:
    """The same ban is explicit where the sender is we, and likely at most where it is another."""
    text, us = _FROM_WHOM[language]
    assert _strength({"text": text.format(us)}) == "explicit"
    assert _strength({"text": text.format(sender)}) != "explicit"


@pytest.mark.parametrize(
    "word", ["leiratkozás", "Dezabonare", "Διαγραφή", "Відпишіть мене", "הסר", "abonelikten çık"]
)
def test_a_mail_of_one_word_is_explicit_where_no_sentence_is_read(word: str) -> None:
    """Languages known by subjects alone have the one word that footers ask for."""
    evidence = strongest(opt_out_evidence(small_text(word)))
    assert evidence is not None
    assert evidence.strength == "explicit"


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_the_words_stand_in_the_text(row: dict[str, Any]) -> None:
    """Evidence is the text's own words, at the place named."""
    for evidence in opt_out_evidence(small_text(row["text"])):
        assert row["text"][evidence.start : evidence.end] == evidence.text != ""


def test_our_own_footer_in_the_quote_is_no_evidence() -> None:
    """Only the newest words count, not the unsubscribe line of the mail that they answer."""
    text = (
        "Thursday at 3 works.\n\nOn Tue, 5 May 2026 at 15:04, Tom <tom@vendor.example> wrote:\n\n"
        "> Hi\n> Please reply STOP to unsubscribe from our list.\n"
    )
    assert clean(MailInput(text=text)).opt_out_evidence is None


@pytest.mark.parametrize("sentences", [60, 75, 76, 77, 78, 79, 80, 300, 2_000])
def test_the_end_of_a_long_text_is_read(sentences: int) -> None:
    """Words behind what an encoder reads count, at their place, once, wherever a page ends."""
    text = "We looked at it twice, so it took a while. " * sentences + "Take me off your list now."
    found = opt_out_evidence(small_text(text))
    assert [(one.strength, text[one.start : one.end]) for one in found] == [
        ("explicit", "Take me off your list")
    ]


def test_the_thread_is_counted_apart() -> None:
    """With the scope "thread" the quoted mails' characters are told from the newest ones."""
    text = "Fine.\n\nOn Tue, 5 May 2026 at 15:04, Tom <t@v.example> wrote:\n\n> Reply STOP now.\n"
    cleaned = clean(MailInput(text=text, scope="thread"))
    assert cleaned.text[cleaned.kept_chars - cleaned.thread_chars :].strip() == "Reply STOP now."
    assert cleaned.opt_out_evidence is None
    assert clean(MailInput(text=text)).thread_chars == 0


def test_the_strongest_words_are_named() -> None:
    """A mail that complains and then instructs is explicit, at the instruction."""
    cleaned = clean(MailInput(text="This is spam. Take me off your list."))
    assert cleaned.opt_out_evidence == "explicit"
    assert cleaned.opt_out_span is not None
    start, end = cleaned.opt_out_span
    assert cleaned.text[start:end] == "Take me off your list"


_END = "Please remove me from your list."
_AWAY = {"Auto-Submitted": "auto-replied"}


def _calendar_answer(comment: str) -> MailInput:
    lines = (
        "From: Ann <ann@buyer.example>",
        "Subject: Declined: Intro call",
        'Content-Type: multipart/alternative; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        comment,
        "--b",
        "Content-Type: text/calendar; method=REPLY",
        "",
        "BEGIN:VCALENDAR",
        "END:VCALENDAR",
        "--b--",
    )
    return MailInput(raw="\r\n".join(lines).encode())


@pytest.mark.parametrize(
    ("mail", "decision", "proof"),
    [
        (MailInput(text=f"I am on leave. {_END}", headers=_AWAY), "auto_reply", "no"),
        (_calendar_answer(_END), "calendar", None),
    ],
)
def test_words_count_whichever_rule_decided(
    mail: MailInput, decision: str, proof: str | None
) -> None:
    """Who ends all mail in an automatic reply or in a calendar's comment is heard."""
    cleaned = clean(mail)
    assert (cleaned.decision, cleaned.opt_out) == (decision, proof)
    assert cleaned.opt_out_evidence == "explicit"
    assert cleaned.opt_out_span is not None
    assert cleaned.text[slice(*cleaned.opt_out_span)].startswith("remove me")


@pytest.mark.parametrize(
    ("mail", "decision"),
    [
        (MailInput(text=_END, headers={"From": "a@us.example"}, own_domains=("us.example",)),
         "own_message"),
        (MailInput(text=_END, headers={"From": "mailer-daemon@mx.example"}), "bounce"),
        (MailInput(text=_END, subject="Delivery Status Notification (Delay)",
                   headers={"From": "mailer-daemon@mx.example"}), "auto_reply"),
    ],
)  # fmt: skip
def test_our_own_words_and_a_mail_servers_are_no_evidence(mail: MailInput, decision: str) -> None:
    """What we wrote, or what a server says of a mail that it could not deliver, ends nothing."""
    cleaned = clean(mail)
    assert (cleaned.decision, cleaned.opt_out, cleaned.opt_out_evidence) == (decision, "no", None)
