"""The cleaner on one page: parse, find the newest words, let rules speak, name who was named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.mail.automatic.auto_reply import speaks_of_absence
from gateway.mail.automatic.rules import Facts, Verdict, decide
from gateway.mail.dates.follow_up import follow_up, may_name_time
from gateway.mail.dates.return_date import return_date
from gateway.mail.message.html import QUOTE, html_to_text
from gateway.mail.message.normalise import for_model, has_overrides, normalise
from gateway.mail.message.parse import (
    MAX_RAW_BYTES,
    Parsed,
    Part,
    address_of,
    date_of,
    parse,
)
from gateway.mail.opt_out.evidence import opt_out_evidence, strongest
from gateway.mail.patterns.small_text import small_text
from gateway.mail.referral.mentions import Sender
from gateway.mail.referral.people import delegate_of, referrals
from gateway.mail.types import CleanedMail, FollowUp, MailInput, OptOutEvidence, Referral
from gateway.mail.zones.newest import MAX_CHARS, newest

CONTEXT_WORDS = 4
_CONTEXT_CHARS = 2_000
_STUBS = ("html", "view this email in your browser", "view this message in", "does not support")


@dataclass(frozen=True)
class _Source:
    """One mail before cleaning, whichever shape it came in."""

    text: str
    signature: str
    headers: Mapping[str, str]
    parsed: Parsed | None
    flags: frozenset[str]


@dataclass(frozen=True)
class _Judgement:
    """What rules and words say beside the text itself."""

    verdict: Verdict | None
    referral: tuple[Referral, ...]
    back: date | None
    delegate: Referral | None
    follow_up: FollowUp | None
    opt_out: OptOutEvidence | None


def clean(mail: MailInput) -> CleanedMail:
    """Return the newest words of `mail` with the evidence around them; pure, never raises."""
    if mail.raw is not None and len(mail.raw) > MAX_RAW_BYTES:
        size = len(mail.raw)
        verdict = "too_large"
        return CleanedMail("", "", decision=verdict, rule=verdict, flags=(verdict,), cut_chars=size)
    source = _source(mail)
    text = normalise(source.text)
    sender = _sender(source.headers)
    zones = newest(text, sender.names)
    signature = "\n".join(filter(None, (zones.signature, normalise(source.signature))))
    model_text, hidden = for_model(zones.text)
    flags = set(zones.flags) | source.flags
    flags |= {"obfuscated"} if hidden or has_overrides(source.text) else set()
    flags |= {"signature"} if signature else set()
    judged = _judge(zones.text, mail, source, sender)
    return CleanedMail(
        text=zones.text,
        model_text=model_text,
        context=_context(zones.text, mail),
        signature=signature,
        quoted=_unmarked(zones.quoted) if "html" in source.flags else zones.quoted,
        banner=zones.banner,
        disclaimer=zones.disclaimer,
        flags=tuple(sorted(flags)),
        decision=judged.verdict.decision if judged.verdict else None,
        rule=judged.verdict.rule if judged.verdict else None,
        auto_kind=judged.verdict.auto_kind if judged.verdict else None,
        referral=judged.referral,
        return_date=judged.back,
        delegate=judged.delegate,
        follow_up=judged.follow_up,
        opt_out_evidence=judged.opt_out.strength if judged.opt_out else None,
        opt_out_span=(judged.opt_out.start, judged.opt_out.end) if judged.opt_out else None,
        kept_chars=len(zones.text),
        cut_chars=max(len(text) + len(source.signature) - len(zones.text), 0),
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


def _judge(text: str, mail: MailInput, source: _Source, sender: Sender) -> _Judgement:
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
    later, opt_out = None, None
    if verdict is None:
        page = small_text(text)
        later = follow_up(page, _sent(mail, source)) if may_name_time(page) else None
        opt_out = strongest(opt_out_evidence(page))
    return _Judgement(verdict, found, back, delegate, later, opt_out)


def _facts(text: str, mail: MailInput, source: _Source, sender: Sender) -> Facts:
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


def _source(mail: MailInput) -> _Source:
    headers = {name.lower(): value for name, value in (mail.headers or {}).items()}
    if mail.raw is not None:
        parsed = parse(mail.raw)
        for name, value in parsed.headers:
            headers.setdefault(name, value)
        text, signature, flags = _body(parsed.parts)
        return _Source(text, signature, headers, parsed, flags | frozenset(parsed.flags))
    html = mail.html or ""
    if not _usable(mail.text or "", html) and html.strip():
        text, signature = html_to_text(html)
        return _Source(text, signature, headers, None, frozenset(("html",)))
    return _Source(mail.text or "", "", headers, None, frozenset())


def _body(parts: tuple[Part, ...]) -> tuple[str, str, frozenset[str]]:
    """Join what the groups say, plain text where there is some, else their HTML as text."""
    groups: dict[int, list[Part]] = {}
    for part in parts:
        if not part.attached and part.media in ("text/plain", "text/html"):
            groups.setdefault(part.group, []).append(part)
    texts: list[str] = []
    signatures: list[str] = []
    flags: set[str] = set()
    for group in groups.values():
        plain = "\n".join(part.text for part in group if part.media == "text/plain")
        html = "\n".join(part.text for part in group if part.media == "text/html")
        if _usable(plain, html):
            texts.append(plain)
        elif html.strip():
            text, signature = html_to_text(html)
            texts.append(text)
            signatures.append(signature)
            flags.add("html")
    return "\n".join(texts), "\n".join(filter(None, signatures)), frozenset(flags)


def _usable(plain: str, html: str) -> bool:
    """Plain text counts unless blank, a stub, or less than a hundredth of a real HTML part."""
    size = len(plain.strip())
    if not size:
        return False
    if not html.strip():
        return True
    stub = size < 200 and any(word in plain.lower() for word in _STUBS)
    return not stub and (size * 100 >= len(html) or size >= 200)


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


def _sent(mail: MailInput, source: _Source) -> date | None:
    stamp = mail.date or date_of(source.headers.get("date", ""))
    return stamp.date() if stamp else None
