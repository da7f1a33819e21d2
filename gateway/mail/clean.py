"""The cleaner on one page: parse, find the newest words, let rules speak, name who was named."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import date

from gateway.mail.automatic.auto_reply import speaks_of_absence
from gateway.mail.automatic.catalog import OWN_NAME, is_off
from gateway.mail.automatic.facts import Facts, Findings, RuleDecision
from gateway.mail.automatic.own_sender import looks_like_us
from gateway.mail.automatic.rules import decide
from gateway.mail.dates.follow_up import follow_up, may_name_time
from gateway.mail.dates.return_date import return_date
from gateway.mail.message.charset import GUESSED
from gateway.mail.message.html import QUOTE
from gateway.mail.message.mojibake import repaired
from gateway.mail.message.normalise import for_model, has_overrides, normalise
from gateway.mail.message.parse import MAX_RAW_BYTES, Part, address_of, date_of
from gateway.mail.message.source import Source, read_source
from gateway.mail.message.unreadable import UNREADABLE
from gateway.mail.opt_out.evidence import opt_out_evidence, strongest
from gateway.mail.patterns.small_text import small_text
from gateway.mail.referral.mentions import Sender
from gateway.mail.referral.people import delegate_of, referrals
from gateway.mail.types import (
    MAX_SPLIT_CHARS,
    Checkpoint,
    CleanedMail,
    FollowUp,
    MailInput,
    OptOutEvidence,
    Referral,
)
from gateway.mail.zones.newest import Zones, newest
from gateway.mail.zones.signature import names_in_signature
from gateway.mail.zones.thread import older_words
from trunkline.reply_context import OUTBOUND_CHARS, needs_context

_STANDS_IN = ("out_of_office", "left_company")  # only these notices name who may be asked instead
_WORDLESS = ("empty", "no_words")
_UNREADABLE = "unreadable"
_NOBODY = Sender()
_NOT_THE_AUTHORS = ("bounce", "delivery_notice")  # such a notice's words are a mail server's
_CALENDARS = ("text/calendar", "application/ics")
_DELIVERY_REPORTS = ("message/delivery-status", "message/global-delivery-status")


@dataclass(frozen=True)
class _Extraction:
    """What rules and words say beside the text itself."""

    findings: Findings
    referral: tuple[Referral, ...]
    back: date | None
    delegate: Referral | None
    follow_up: FollowUp | None
    opt_out: OptOutEvidence | None
    flags: frozenset[str]


def clean(
    mail: MailInput,
    disabled_rules: Set[str] = frozenset(),
    max_raw_bytes: int = MAX_RAW_BYTES,
    check: Checkpoint | None = None,
) -> CleanedMail:
    """Return the newest words of `mail` with the evidence around them; pure.

    `check` is called between the stages; only what it raises is raised.

    A raw message longer than `max_raw_bytes` is not read: decision `too_large`. Any other rule in
    `disabled_rules`, by its id or a prefix of it up to a dot, neither decides nor speaks;
    `gateway.mail.automatic.catalog.RULES` lists them.
    """
    if mail.raw is not None and len(mail.raw) > max_raw_bytes:
        return _too_large(len(mail.raw))
    check = check or bool  # which does nothing
    source = read_source(mail, check)
    check()
    return _cleaned(mail, source, disabled_rules, check)


def _too_large(size: int) -> CleanedMail:
    rule = "too_large"
    return CleanedMail("", "", decision=rule, rule=rule, flags=(rule,), cut_chars=size)


def _cleaned(mail: MailInput, source: Source, disabled: Set[str], check: Checkpoint) -> CleanedMail:
    text, is_mended = _plain(source.text)
    sender = _sender(source.headers)
    named = names_in_signature(source.signature.split("\n")) if source.signature else frozenset()
    zones = newest(text, sender.names | named)
    signature = "\n".join(filter(None, (zones.signature, normalise(source.signature))))
    older, is_whole = _older(text, mail, source, zones)
    kept = "\n\n".join(filter(None, (zones.text, *older)))
    model_text, has_hidden = for_model(kept)
    flags = _flags_of(zones, source)
    flags |= _raised(obfuscated=has_hidden or has_overrides(source.text), truncated=not is_whole)
    flags |= _raised(signature=bool(signature), **{GUESSED: is_mended})
    check()
    extraction = _extract(zones, mail, source, sender, disabled)
    outcome = _explained(extraction.findings.rule_decision, flags, disabled)
    flags |= {outcome.flag} if outcome and outcome.flag else set()
    return CleanedMail(
        text=kept,
        model_text=model_text,
        context=_context(kept, mail),
        signature=signature,
        quoted=_unmarked(zones.quoted) if "html" in source.flags else zones.quoted,
        banner=zones.banner,
        disclaimer=zones.disclaimer,
        flags=tuple(sorted(flags | extraction.flags)),
        decision=outcome.decision if outcome else None,
        rule=outcome.rule if outcome else None,
        auto_kind=outcome.auto_kind if outcome else None,
        evidence=extraction.findings.evidence,
        opt_out=extraction.findings.opt_out,
        referral=extraction.referral,
        return_date=extraction.back,
        delegate=extraction.delegate,
        follow_up=extraction.follow_up,
        opt_out_evidence=extraction.opt_out.strength if extraction.opt_out else None,
        opt_out_span=_span(extraction.opt_out),
        kept_chars=len(kept),
        thread_chars=len(kept) - len(zones.text),
        cut_chars=max(len(text) + len(source.signature) - len(kept), 0),
    )


def _raised(**marks: bool) -> set[str]:
    return {name for name, holds in marks.items() if holds}


def _span(evidence: OptOutEvidence | None) -> tuple[int, int] | None:
    return (evidence.start, evidence.end) if evidence else None


def _plain(text: str) -> tuple[str, bool]:
    """Return `text` normalised, and whether that laid open what was encoded twice."""
    plain, mended = normalise(text), False
    while plain != text:
        text = plain
        again, opened = repaired(plain)
        plain, mended = normalise(again) if opened else plain, mended or opened
    return plain, mended


def _flags_of(zones: Zones, source: Source) -> set[str]:
    """Join what reading and splitting found; `image_only` if there is nothing but pictures."""
    painted = not zones.text and (source.pictured or "picture" in zones.flags)
    flags = {*source.flags, *zones.flags, *(("image_only",) if painted else ())}
    return flags - {"picture"}


def _explained(
    outcome: RuleDecision | None, flags: Set[str], disabled: Set[str]
) -> RuleDecision | None:
    """Call a mail without words unreadable if its words are where nobody here can read them."""
    if outcome is None or outcome.decision not in _WORDLESS or is_off(_UNREADABLE, disabled):
        return outcome
    if flags.isdisjoint(UNREADABLE):
        return outcome
    return replace(outcome, decision=_UNREADABLE, rule=_UNREADABLE)


def _older(text: str, mail: MailInput, source: Source, zones: Zones) -> tuple[list[str], bool]:
    """Return the quoted mails' words where the whole talk was asked for, and if that is all."""
    if mail.scope != "thread" or "kept_quoted" in zones.flags:
        return [], True
    return older_words(_one_mark(text) if "html" in source.flags else text)


def _one_mark(text: str) -> str:
    """Put one mark before quoted lines of HTML, which carry two whatever their depth."""
    return "\n".join("> " + line[3:] if _is_marked(line) else line for line in text.split("\n"))


def _unmarked(quoted: str) -> str:
    """Take the marks off that the HTML stage put before quoted lines."""
    lines = (line[len(QUOTE) :] if _is_marked(line) else line for line in quoted.split("\n"))
    return "\n".join(lines).strip("\n")


def _is_marked(line: str) -> bool:
    """Whether the HTML stage marked `line`; blanks that end a blank one are gone since."""
    return line.startswith(QUOTE) or line == QUOTE.rstrip()


def _context(text: str, mail: MailInput) -> str | None:
    """Return our last mail as second segment for a tiny reply."""
    if not mail.last_outbound or not needs_context(text):
        return None
    outbound = newest(normalise(mail.last_outbound[:MAX_SPLIT_CHARS])).text
    return for_model(outbound[-OUTBOUND_CHARS:])[0] or None


def _extract(
    zones: Zones, mail: MailInput, source: Source, sender: Sender, disabled: Set[str]
) -> _Extraction:
    """Let the rules decide, and read who and when out of the words."""
    text, facts = zones.text, _facts(zones, mail, source, sender, disabled)
    findings = decide(facts, disabled)
    kind = findings.rule_decision.auto_kind if findings.rule_decision else None
    back = None
    if kind == "out_of_office" or (findings.may_tell_absence and speaks_of_absence(text)):
        back = return_date(text, _sent(mail, source))
    delegate = delegate_of(text, sender, mail.own_domains) if kind in _STANDS_IN else None
    found: tuple[Referral, ...] = ()
    if findings.rule_decision is None or kind == "left_company":
        found = referrals(text, sender, mail.own_domains)
    later, opt_out = None, None
    if _may_wish(findings.rule_decision):
        page = small_text(text)
        opt_out = strongest(opt_out_evidence(page))
        if findings.rule_decision is None and may_name_time(page):
            later = follow_up(page, _sent(mail, source))
    flags = frozenset(_raised(**{OWN_NAME: facts.has_our_name}))
    return _Extraction(findings, found, back, delegate, later, opt_out, flags)


def _may_wish(outcome: RuleDecision | None) -> bool:
    """Whether the words may be those of somebody who wants no more mail from us.

    People write into automatic replies and calendar answers, too.
    """
    if outcome is None:
        return True
    return outcome.decision != "own_message" and outcome.auto_kind not in _NOT_THE_AUTHORS


def _facts(
    zones: Zones, mail: MailInput, source: Source, sender: Sender, disabled: Set[str]
) -> Facts:
    own, headers = mail.own_domains, source.headers
    subject = mail.subject if mail.subject is not None else source.headers.get("subject", "")
    parts = source.parsed.parts if source.parsed else ()
    return Facts(
        headers=source.headers,
        subject=normalise(subject),
        sender=sender.email,
        text=zones.text,
        media=source.parsed.media if source.parsed else "",
        report=source.parsed.report if source.parsed else None,
        opens_with_report=source.parsed.opens_with_report if source.parsed else False,
        delivery_status=_text_of(parts, _DELIVERY_REPORTS),
        feedback_report=_text_of(parts, ("message/feedback-report",)),
        calendar_method=_calendar_method(parts),
        has_calendar=any(part.media in _CALENDARS for part in parts),
        own_domains=own,
        has_our_name=not is_off(OWN_NAME, disabled) and looks_like_us(headers, zones.quoted, own),
    )


def _text_of(parts: tuple[Part, ...], media: tuple[str, ...]) -> str | None:
    """Join the texts of all parts of these types; None where there is none."""
    texts = [part.text for part in parts if part.media in media]
    return "\n".join(texts) if texts else None


def _calendar_method(parts: tuple[Part, ...]) -> str:
    for part in parts:
        if part.media == "text/calendar":
            if part.method:
                return part.method
            for line in part.text[:4000].splitlines():
                if line.upper().startswith("METHOD:"):
                    return line[7:].strip().upper()
    return ""


def _sender(headers: Mapping[str, str]) -> Sender:
    author = headers.get("from", "")
    return Sender(*address_of(author)) if author else _NOBODY


def _sent(mail: MailInput, source: Source) -> date | None:
    stamp = mail.date or date_of(source.headers.get("date", ""))
    return stamp.date() if stamp else None
