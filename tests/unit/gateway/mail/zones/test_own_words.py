"""The author's words stay and others' go: residue, indents, long attributions, the thread."""

import sys
from dataclasses import replace
from html import escape
from types import FrameType
from typing import Any

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.cli import mail_of
from tests.support.mail_cases import check_case, mail_cases, name_of


@pytest.mark.parametrize("case", mail_cases("residue"), ids=name_of)
def test_what_programs_add_is_cut_and_what_authors_type_stays(case: dict[str, Any]) -> None:
    """Marks, armour, numbers and joining instructions go; links and codes in sentences stay."""
    check_case(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", mail_cases("own_words"), ids=name_of)
def test_own_words_stay_and_introduced_ones_go(case: dict[str, Any]) -> None:
    """Indents, odd styles and long attributions lose nothing of the author's and keep no quote."""
    check_case(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", mail_cases("clients"), ids=name_of)
def test_what_was_typed_comes_out_of_each_mail_program(case: dict[str, Any]) -> None:
    """Greetings and answers stay, and quotes, closings, signatures and taglines of a program go."""
    check_case(case, mail_of(case["format"], case["content"]))


@pytest.mark.parametrize("case", mail_cases("thread"), ids=name_of)
def test_the_thread_is_read_newest_first(case: dict[str, Any]) -> None:
    """With the scope "thread" the quoted mails' words follow; by default they do not."""
    mail = mail_of(case["format"], case["content"])
    newest = clean(mail).text

    check_case(case, replace(mail, scope="thread"))
    assert case["text"].startswith(newest)


_LEAD_INS = (
    "Yes. As Ann wrote:", "As Ann wrote:", "As you wrote:", "My boss wrote", "You wrote:",
    "Agreed. Ann wrote:", "Yesterday Ann wrote:", "Wie Ann schrieb:", "Mein Chef schrieb:",
    "Comme Ann a écrit:", "El cliente escribió:",
    "Yes. As Ann wrote on 3 May:", "As Ann wrote on 3 May 2026 at 10:00:",
    "My boss wrote on 3 May:",
    "Yes. As Ann (ann@x.example) wrote:", "I agree with what Ann wrote on 3 May 2026:",
    "Wie Ann am 3. Mai schrieb:", "Oui. Comme Ann a écrit le 3 mai:",
    "Sí. Como Ann escribió el 3 de mayo:",
    "Ja. Zoals Ann op 3 mei schreef:", "Come Ann ha scritto il 3 maggio:",
    "Como Ann escreveu em 3 de maio:",
)  # fmt: skip
_NAMED = (
    "Ann Lee wrote:", "Dr. Ann B. Lee wrote:", "On Monday, Ann wrote:", "Max schrieb:",
    "Yahoo! Mail <x@y.example> wrote:", "My Shop <my@shop.example> wrote:",
    "So., 3. Mai 2026, schrieb Ann:", "On 3 May 2026 at 10:00 a.m. Dr. A. Lee wrote:",
    "Acme Inc. <a@x.example> wrote on 3 May:", "lun. 3 mai 2026 10:00, bob lee a écrit:",
    "Em seg., 3 de mai. de 2026 às 10:00, Bob escreveu:", "ma 3 mei 2026 10:00 schreef Bob:",
)  # fmt: skip
_CITED = "<p>{}</p><blockquote type=cite>price 10</blockquote><p>ok for me</p>"


@pytest.mark.parametrize("line", _LEAD_INS)
def test_what_an_author_leads_in_is_his(line: str) -> None:
    """More than a name, a day and an address before the verb is the author's own words."""
    assert clean(MailInput(html=_CITED.format(line))).text == f"{line}\n\nok for me"
    assert clean(MailInput(text=f"{line}\n> price 10\nok for me")).text == f"{line}\nok for me"


@pytest.mark.parametrize("own", ["Fine.", "We are fine with all of that, thank you very much."])
@pytest.mark.parametrize("line", ["On 3 May 2026 Ann wrote:", "Am 3. Mai 2026 schrieb Ann:"])
def test_an_attribution_glued_to_own_words_leaves_them_and_the_answers(own: str, line: str) -> None:
    """The words before it and those below the marked lines are the author's."""
    assert clean(MailInput(text=f"{own} {line}\n> price 10\nok for me")).text == f"{own}\nok for me"


@pytest.mark.parametrize("line", _NAMED)
def test_a_name_that_wrote_introduces_a_quote(line: str) -> None:
    """A name and a verb above marked words are a program's."""
    assert clean(MailInput(html=_CITED.format(escape(line)))).text == "ok for me"
    assert clean(MailInput(text=f"{line}\n> price 10\nok for me")).text == "ok for me"


@pytest.mark.parametrize(
    "text",
    [
        "Am 3. März schrieb Ann <ann@x.example> uns bereits ab:\n\nWir haben kein Interesse.",
        "On 3 May 2026 Ann <ann@x.example> wrote:\n\nWe are not interested.",
        "On 3 May 2026 Ann <ann@x.example> wrote:\n\nWe are not interested.\n\n> Are you?",
    ],
)
def test_unmarked_words_below_an_opening_attribution_stay(text: str) -> None:
    """A mail with visible words is not emptied; marked words stay cut."""
    cleaned = clean(MailInput(text=text))
    assert cleaned.text == text
    assert "kept_quoted" in cleaned.flags
    assert cleaned.decision is None
    head, _, body = text.partition("\n\n")
    assert clean(MailInput(text=f"{head}\n\n> {body}\n> Ann")).text == ""


@pytest.mark.parametrize(
    "text",
    [
        "On 3 May 2026, Bob\n<\nb@x.example\n>\nwrote:\nHello there",
        "On 3 May 2026 at 10:00, Bob <b@x.example> wrote:\nBest,\nJoe",
        "Write to\n<\nb@x.example\n>\nplease",
        "Write to\n[\nb@x.example\n]\nplease",
    ],
)
def test_a_bracket_keeps_its_other_half(text: str) -> None:
    """A sign alone on its line is no residue, and nothing that is kept whole becomes a quote."""
    assert clean(MailInput(text=text)).text == text


def test_a_quote_of_html_carries_no_marks() -> None:
    """Blank lines between and behind a quote's paragraphs are blank."""
    html = "<p>ok</p><blockquote type=cite><p>one</p><p>two</p></blockquote>"
    assert clean(MailInput(html=html)).quoted == "one\n\ntwo"
    assert clean(MailInput(html=html, scope="thread")).text == "ok\n\none\n\ntwo"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ask for:\nKyle\n--\nKyle Roth", "Ask for:\nKyle"),
        ("Me and\nKyle Roth\n-- \nKyle Roth, Acme", "Me and\nKyle Roth"),
        ("Ich und\nKyle Roth\n-- \nKyle Roth, Acme", "Ich und\nKyle Roth"),
        ("No.\nKyle\n--\nKyle Roth", "No."),
        ("Best wishes from\nKyle\n--\nKyle Roth", "Best wishes from"),
    ],
)
def test_a_name_that_answers_stays(text: str, kept: str) -> None:
    """Below a colon or a joining word the signer's name is part of what is said."""
    assert clean(MailInput(text=text)).text == kept


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
def test_twice_the_lines_cost_twice_the_calls(unit: str) -> None:
    """The calls made for a text grow as its lines do."""
    single, double = (_calls(unit * count) for count in (200, 400))

    assert double < 2.2 * single


@pytest.mark.parametrize("unit", ["wrote\n\n", "wrote:\n", "3 May:\n", "Bob:\n", "at:\n"])
def test_rows_of_an_attributions_ends_cost_little_more_than_words(unit: str) -> None:
    """An attribution has one verb and one colon, so that a row of them is read once."""
    assert _calls(unit * 400) < 4 * _calls("words\n" * 400)


def _calls(text: str) -> int:
    """Count the functions that run while `text` is cleaned, quotes included."""
    count = 0

    def step(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(step)
    try:
        clean(MailInput(text=text, scope="thread"))
    finally:
        sys.setprofile(None)
    return count


def test_words_on_both_sides_of_a_taken_target_stay_two() -> None:
    """Without a blank they became one, which also laid open signs that the next look repaired."""
    text = "See here<https://x.example>now, or word<https://y.example>, or end<https://z.example>"
    assert clean(MailInput(text=text)).text == "See here now, or word, or end"
    torn = "Gr√º√üe f√<https://x.example>ºr K√∂ln, m√∂chten Pl√§tze"
    once = clean(MailInput(text=torn)).text
    assert clean(MailInput(text=once)).text == once
