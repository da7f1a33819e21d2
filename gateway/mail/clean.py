"""The cleaner on one page: parse, find the newest words, let rules speak, name who was named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from gateway.mail.autoreply import speaks_of_absence
from gateway.mail.html import html_to_text
from gateway.mail.newest import MAX_CHARS, newest
from gateway.mail.normalise import for_model, has_overrides, normalise
from gateway.mail.parse import MAX_RAW_BYTES, Parsed, Part, address_of, date_of, parse
from gateway.mail.pointers import Sender
from gateway.mail.referral import delegate_of, referrals
from gateway.mail.returndate import return_date
from gateway.mail.rules import Facts, decide
from gateway.mail.types import CleanedMail, MailInput

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


def clean(mail: MailInput) -> CleanedMail:
    """Return the newest words of `mail` with the evidence around them; pure, never raises."""
    if mail.raw is not None and len(mail.raw) > MAX_RAW_BYTES:
        size = len(mail.raw)
        verdict = "too_large"
        return CleanedMail("", "", decision=verdict, rule=verdict, flags=(verdict,), cut_chars=size)
    source = _source(mail)
    raw_text = normalise(source.text)
    sender = _sender(source.headers)
    zones = newest(raw_text, sender.names)
    cleaned = _assemble(zones.text, mail)
    cleaned = replace(
        cleaned,
        signature="\n".join(filter(None, (zones.signature, normalise(source.signature)))),
        quoted=zones.quoted,
        banner=zones.banner,
        disclaimer=zones.disclaimer,
        kept_chars=len(zones.text),
        cut_chars=max(len(raw_text) + len(source.signature) - len(zones.text), 0),
    )
    flags = set(cleaned.flags) | set(zones.flags) | source.flags
    flags |= {"obfuscated"} if has_overrides(source.text) else set()
    flags |= {"signature"} if cleaned.signature else set()
    return _judge(replace(cleaned, flags=tuple(sorted(flags))), mail, source, sender)


def _assemble(text: str, mail: MailInput) -> CleanedMail:
    """The text for people and for the model; tiny replies borrow our last mail as context."""
    model_text, hidden = for_model(text)
    context = None
    if mail.last_outbound and text and len(text.split()) <= CONTEXT_WORDS and len(text) <= 80:
        outbound = newest(normalise(mail.last_outbound[:MAX_CHARS])).text
        context = for_model(outbound[-_CONTEXT_CHARS:])[0] or None
    flags = ("obfuscated",) if hidden else ()
    return CleanedMail(text, model_text, context=context, flags=flags)


def _judge(cleaned: CleanedMail, mail: MailInput, source: _Source, sender: Sender) -> CleanedMail:
    """Let the rules decide, and read who and when out of the words."""
    subject = mail.subject if mail.subject is not None else source.headers.get("subject", "")
    parts = source.parsed.parts if source.parsed else ()
    verdict = decide(
        Facts(
            headers=source.headers,
            subject=normalise(subject),
            sender=sender.email,
            text=cleaned.text,
            media=source.parsed.media if source.parsed else "",
            report=source.parsed.report if source.parsed else "",
            has_delivery_status=any(part.media == "message/delivery-status" for part in parts),
            calendar_method=_calendar_method(parts),
            has_calendar_only=bool(parts) and all(part.media == "text/calendar" for part in parts),
        )
    )
    automatic = verdict is not None and verdict.decision == "auto_reply"
    kind = verdict.auto_kind if verdict else None
    back = None
    if automatic or speaks_of_absence(cleaned.text):
        back = return_date(cleaned.text, _sent(mail, source))
    delegate = delegate_of(cleaned.text, sender, mail.own_domains) if automatic else None
    found = (
        ()
        if verdict is not None and verdict.decision != "auto_reply"
        else referrals(cleaned.text, sender, mail.own_domains)
    )
    if automatic and kind != "left_company":
        found = ()
    return replace(
        cleaned,
        decision=verdict.decision if verdict else None,
        rule=verdict.rule if verdict else None,
        auto_kind=kind,
        referral=found,
        return_date=back,
        delegate=delegate,
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
