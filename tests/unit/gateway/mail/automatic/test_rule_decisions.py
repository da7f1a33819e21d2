"""Who decides alone: proofs of machines do, people's words never, and every id has a meaning."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.mail import MailInput, clean
from gateway.mail.automatic.catalog import EVIDENCE, RULES

DATA = Path(__file__).parents[4] / "data/mail"


def _rows(name: str) -> list[dict[str, Any]]:
    lines = (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _name(row: dict[str, Any]) -> str:
    return str(row["name"])


def _mail(row: dict[str, Any]) -> MailInput:
    content = row["content"]
    shape = {"raw": content.encode()} if row["format"] == "raw" else {row["format"]: content}
    return MailInput(
        **shape,
        subject=row.get("subject"),
        headers=row.get("headers"),
        own_domains=tuple(row.get("own_domains", ())),
    )


@pytest.mark.parametrize("row", _rows("people"), ids=_name)
def test_a_person_who_uses_a_machines_words_is_left_to_the_heads(row: dict[str, Any]) -> None:
    """No rule decides on the words of a person, in sixteen languages."""
    cleaned = clean(MailInput(text=row["text"]))
    assert (cleaned.decision, cleaned.rule, cleaned.opt_out) == (None, None, None)


def _notices(*, decided: bool) -> list[dict[str, Any]]:
    return [row for row in _rows("notices") if ("want" not in row) == decided]


@pytest.mark.parametrize("row", _notices(decided=False), ids=_name)
def test_a_notice_that_a_colleague_could_type_is_evidence_alone(row: dict[str, Any]) -> None:
    """Absence with thanks, apologies and promises speaks for a machine and does not decide."""
    cleaned = clean(MailInput(text=row["text"]))
    assert (cleaned.decision, cleaned.auto_kind) == (None, None)
    assert cleaned.evidence


@pytest.mark.parametrize("row", _notices(decided=True), ids=_name)
def test_a_message_that_is_a_notice_from_end_to_end_is_a_machines(row: dict[str, Any]) -> None:
    """Without any header a whole notice is known, with its kind, and is no opt-out.

    A calendar answer proves nothing of that: people type comments into it.
    """
    cleaned = clean(MailInput(text=row["text"]))
    assert cleaned.auto_kind == row["auto_kind"]
    assert cleaned.decision in ("auto_reply", "bounce", "calendar")
    assert cleaned.opt_out == (None if cleaned.decision == "calendar" else "no")


@pytest.mark.parametrize(
    "row", [row for row in _rows("notices") if row["auto_kind"] != "calendar"], ids=_name
)
def test_one_sentence_of_his_own_makes_it_a_persons(row: dict[str, Any]) -> None:
    """A notice's words around one sentence that no notice holds decide nothing."""
    text = "Please put us down for forty seats, we want to start in autumn.\n" + row["text"]
    assert clean(MailInput(text=text)).decision is None


@pytest.mark.parametrize("row", _rows("rules"), ids=_name)
def test_a_rule_decides_what_it_has_proof_of(row: dict[str, Any]) -> None:
    """Decision, rule, kind, opt-out, flag and evidence are as they ought to be."""
    cleaned, want = clean(_mail(row)), row["want"]
    for field in ("decision", "rule", "auto_kind", "opt_out", "delegate"):
        if field in want:
            assert getattr(cleaned, field) == want[field], field
    if "flag" in want:
        assert want["flag"] in cleaned.flags
    if "evidence" in want:
        assert list(cleaned.evidence) == want["evidence"]


def _every_case() -> Iterator[MailInput]:
    for name in ("rules", "people", "notices"):
        for row in _rows(name):
            yield _mail(row) if "format" in row else MailInput(text=row["text"])


def test_every_id_is_in_the_catalog() -> None:
    """Each decision's rule and each evidence has its entry; evidence feeds a known rule."""
    for mail in _every_case():
        cleaned = clean(mail)
        assert cleaned.rule is None or cleaned.rule in RULES
        assert set(cleaned.evidence) <= set(EVIDENCE)
    for owner in EVIDENCE.values():
        assert any(rule == owner or rule.startswith(owner + ".") for rule in RULES)


def test_an_automatic_reply_always_has_a_kind() -> None:
    """Whichever rule decides for an automatic reply, bounce or calendar answer names its kind."""
    for mail in _every_case():
        cleaned = clean(mail)
        if cleaned.decision in ("auto_reply", "bounce", "calendar"):
            assert cleaned.auto_kind


def test_a_rule_that_is_off_neither_decides_nor_speaks() -> None:
    """Off by id or by prefix, the rule is passed over and the next one looked at."""
    text = "I am on annual leave until 12 May 2026. Contact Ann Lee, ann@acme.example, if urgent."
    mail = MailInput(text=text)
    assert clean(mail).rule == "auto_reply.body.out_of_office"
    for off in ("auto_reply.body.out_of_office", "auto_reply.body", "auto_reply"):
        cleaned = clean(mail, frozenset((off,)))
        assert (cleaned.decision, cleaned.rule, cleaned.evidence) == (None, None, ())
    for other in ("auto_reply.bod", "auto_reply.body.left_company", "bounce"):
        assert clean(mail, frozenset((other,))).rule == "auto_reply.body.out_of_office"


def test_the_next_rule_is_looked_at_when_one_is_off() -> None:
    """With the header's rule off the subject's decides, then nobody."""
    mail = MailInput(
        text="Noted.", subject="Automatic reply: x", headers={"Auto-Submitted": "auto-replied"}
    )
    assert clean(mail).rule == "auto_reply.header.auto_submitted"
    off = frozenset(("auto_reply.header.auto_submitted",))
    assert clean(mail, off).rule == "auto_reply.subject"
    assert clean(mail, off | {"auto_reply.subject"}).decision is None


def test_evidence_of_a_rule_that_is_off_is_gone_for_others_too() -> None:
    """Words that may not speak give no second sign to a weak header either."""
    mail = MailInput(text="I am on annual leave.", headers={"Return-Path": "<>"})
    assert clean(mail).rule == "auto_reply.header.null_return_path"
    cleaned = clean(mail, frozenset(("auto_reply.body",)))
    assert (cleaned.decision, cleaned.evidence) == (None, ("header.null_return_path",))


@pytest.mark.parametrize("header", ["no", "No; owner=x", " NO "])
def test_a_human_header_beats_words_and_subject(header: str) -> None:
    """Auto-Submitted: no means a person whatever subject and words look like."""
    mail = MailInput(
        text="I am out of the office until 12 May 2026. Contact Ann Lee if urgent.",
        subject="Automatic reply: x",
        headers={"Auto-Submitted": header},
    )
    assert clean(mail).decision is None
