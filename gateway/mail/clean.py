"""The cleaner on one page: parse, find the newest words, let rules speak, name who was named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.mail.automatic.auto_reply import speaks_of_absence
from gateway.mail.automatic.return_date import return_date
from gateway.mail.automatic.rules import Facts, Verdict, decide
from gateway.mail.message.html import QUOTE
from gateway.mail.message.normalise import for_model, has_overrides, normalise
from gateway.mail.message.parse import MAX_RAW_BYTES, Part, address_of, date_of
from gateway.mail.message.source import Source, read_source
from gateway.mail.message.unreadable import UNREADABLE
from gateway.mail.referral.mentions import Sender
from gateway.mail.referral.people import delegate_of, referrals
from gateway.mail.types import CleanedMail, MailInput, Referral
from gateway.mail.zones.newest import MAX_CHARS, Zones, newest
from gateway.mail.zones.thread import older_words

CONTEXT_WORDS = 4
_CONTEXT_CHARS = 2_000


@dataclass(frozen=True)
class _Judgement:
    """What rules and words say beside the text itself."""

    verdict: Verdict | None
    referral: tuple[Referral, ...]
    back: date | None
    delegate: Referral | None


def clean(mail: MailInput, max_raw_bytes: int = MAX_RAW_BYTES) -> CleanedMail:
    """Return the newest words of `mail` with the evidence around them; pure, never raises.

    A raw message longer than `max_raw_bytes` is not read: decision `too_large`.
    """
    if mail.raw is not None and len(mail.raw) > max_raw_bytes:
        return _too_large(len(mail.raw))
    source = read_source(mail)
    text = normalise(source.text)
    sender = _sender(source.headers)
    zones = newest(text, sender.names)
    signature = "\n".join(filter(None, (zones.signature, normalise(source.signature))))
    older, whole = _older(text, mail, source)
    kept = "\n\n".join(filter(None, (zones.text, *older)))
    model_text, hidden = for_model(kept)
    flags = source.flags | _flags_of(zones, source)
    hidden = hidden or has_overrides(source.text)
    said = {"obfuscated": hidden, "signature": bool(signature), "truncated": not whole}
    flags |= {name for name, holds in said.items() if holds}
    judged = _judge(zones.text, mail, source, sender)
    verdict = _explained(judged.verdict, flags)
    return CleanedMail(
        text=kept,
        model_text=model_text,
        context=_context(kept, mail),
        signature=signature,
        quoted=_unmarked(zones.quoted) if "html" in source.flags else zones.quoted,
        banner=zones.banner,
        disclaimer=zones.disclaimer,
        flags=tuple(sorted(flags)),
        decision=verdict.decision if verdict else None,
        rule=verdict.rule if verdict else None,
        auto_kind=verdict.auto_kind if verdict else None,
        referral=judged.referral,
        return_date=judged.back,
        delegate=judged.delegate,
        kept_chars=len(kept),
        cut_chars=max(len(text) + len(source.signature) - len(kept), 0),
    )


def _too_large(size: int) -> CleanedMail:
    rule = "too_large"
    return CleanedMail("", "", decision=rule, rule=rule, flags=(rule,), cut_chars=size)


def _flags_of(zones: Zones, source: Source) -> frozenset[str]:
    """What was found while splitting, and whether pictures are all that there is to see."""
    painted = not zones.text and (source.pictured or "picture" in zones.flags)
    return frozenset(zones.flags) - {"picture"} | ({"image_only"} if painted else set())


def _explained(verdict: Verdict | None, flags: frozenset[str]) -> Verdict | None:
    """A mail without words is empty, unless its words are where nobody here can read them."""
    if verdict is None or verdict.decision != "empty" or flags.isdisjoint(UNREADABLE):
        return verdict
    return Verdict("unreadable", "unreadable")


def _older(text: str, mail: MailInput, source: Source) -> tuple[list[str], bool]:
    """Return the quoted mails' words where the whole talk was asked for, and if that is all."""
    if mail.scope != "thread":
        return [], True
    return older_words(_one_mark(text) if "html" in source.flags else text)


def _one_mark(text: str) -> str:
    """Quoted lines of HTML carry two marks, whatever their depth."""
    return "\n".join(
        "> " + line[3:] if line.startswith(QUOTE) else line for line in text.split("\n")
    )


def _unmarked(quoted: str) -> str:
    """Take the marks off that the HTML stage put before quoted lines."""
    return "\n".join(line.removeprefix(QUOTE) for line in quoted.split("\n"))


def _context(text: str, mail: MailInput) -> str | None:
    """Tiny replies borrow our last mail as second segment."""
    if not mail.last_outbound or not text or len(text) > 80 or len(text.split()) > CONTEXT_WORDS:
        return None
    outbound = newest(normalise(mail.last_outbound[:MAX_CHARS])).text
    return for_model(outbound[-_CONTEXT_CHARS:])[0] or None


def _judge(text: str, mail: MailInput, source: Source, sender: Sender) -> _Judgement:
    """Let the rules decide, and read who and when out of the words."""
    verdict = decide(_facts(text, mail, source, sender))
    automatic = verdict is not None and verdict.decision == "auto_reply"
    back = None
    if automatic or speaks_of_absence(text):
        back = return_date(text, _sent(mail, source))
    delegate = delegate_of(text, sender, mail.own_domains) if automatic else None
    found: tuple[Referral, ...] = ()
    if verdict is None or verdict.auto_kind == "left_company":
        found = referrals(text, sender, mail.own_domains)
    return _Judgement(verdict, found, back, delegate)


def _facts(text: str, mail: MailInput, source: Source, sender: Sender) -> Facts:
    subject = mail.subject if mail.subject is not None else source.headers.get("subject", "")
    parts = source.parsed.parts if source.parsed else ()
    return Facts(
        headers=source.headers,
        subject=normalise(subject),
        sender=sender.email,
        text=text,
        media=source.parsed.media if source.parsed else "",
        report=source.parsed.report if source.parsed else "",
        has_delivery_status=any(part.media == "message/delivery-status" for part in parts),
        calendar_method=_calendar_method(parts),
        has_calendar_only=bool(parts) and all(part.media == "text/calendar" for part in parts),
    )


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
    name, address = address_of(headers.get("from", ""))
    return Sender(name, address)


def _sent(mail: MailInput, source: Source) -> date | None:
    stamp = mail.date or date_of(source.headers.get("date", ""))
    return stamp.date() if stamp else None
