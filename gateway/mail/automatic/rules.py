"""What is decided before any model: bounces, calendar answers, machine mail, nothing at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.mail.automatic.auto_reply import body_kind, subject_kind

_STRONG = (
    "x-autoreply", "x-autorespond", "x-autoresponse", "x-vacation", "x-autoreply-from",
    "x-mail-autoreply", "x-auto-reply", "x-auto-reply-from",
)  # fmt: skip
_ROBOTS = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon|maildaemon)@|^mailer-daemon$")
_NO_REPLY = re.compile(r"^(?:no-?_?reply|do-?not-?_?reply|donotreply|noresponse|auto-?reply)\b")
_OFF = frozenset(("no", "false", "0", "off", "none", ""))


@dataclass(frozen=True)
class Verdict:
    """What a rule decided, under which id, and the kind of machine mail where it is one."""

    decision: str
    rule: str
    auto_kind: str | None = None


@dataclass(frozen=True)
class Facts:
    """What the rules may look at; header names are lower case, values decoded."""

    headers: Mapping[str, str]
    subject: str
    sender: str
    text: str
    media: str = ""
    report: str = ""
    has_delivery_status: bool = False
    calendar_method: str = ""
    has_calendar_only: bool = False
    too_large: bool = False


def decide(facts: Facts) -> Verdict | None:
    """Return the first rule's verdict that holds, strongest evidence first; None for a human."""
    if facts.too_large:
        return Verdict("too_large", "too_large")
    human = facts.headers.get("auto-submitted", "").strip().lower().split(";")[0].strip() == "no"
    verdict = _bounce(facts) or _calendar(facts)
    if verdict is None and not human:
        verdict = _strong_header(facts) or _subject(facts) or _weak_header(facts)
    if verdict is None and not human:
        kind = body_kind(facts.text)
        if kind is not None:
            verdict = Verdict("auto_reply", f"auto_reply.body.{kind}", kind)
    if verdict is None and not facts.text.strip():
        verdict = Verdict("empty", "empty.body")
    return verdict


def _bounce(facts: Facts) -> Verdict | None:
    if facts.has_delivery_status or (
        facts.media == "multipart/report" and facts.report == "delivery-status"
    ):
        return Verdict("bounce", "bounce.delivery_status", "bounce")
    if facts.headers.get("x-failed-recipients", "").strip():
        return Verdict("bounce", "bounce.failed_recipients", "bounce")
    if _ROBOTS.match(facts.sender):
        return Verdict("bounce", "bounce.mailer_daemon", "bounce")
    return None


def _calendar(facts: Facts) -> Verdict | None:
    if facts.calendar_method in ("REPLY", "COUNTER", "CANCEL"):
        return Verdict("calendar", f"calendar.{facts.calendar_method.lower()}", "calendar")
    if facts.has_calendar_only:
        return Verdict("calendar", "calendar.part", "calendar")
    return None


def _strong_header(facts: Facts) -> Verdict | None:
    """One header that only machines set decides alone; subject and body then tell the kind."""
    name = _strong_name(facts)
    if name is None:
        return None
    kind = subject_kind(facts.subject) or body_kind(facts.text)
    if name == "receipt":
        kind = "auto_ack"
    elif kind is None:
        generated = facts.headers.get("auto-submitted", "").strip().lower()
        kind = "auto_ack" if generated.startswith("auto-generated") else "out_of_office"
    bounced = name == "null_return_path" and kind == "bounce"
    return Verdict("bounce" if bounced else "auto_reply", f"auto_reply.header.{name}", kind)


def _strong_name(facts: Facts) -> str | None:
    if facts.headers.get("auto-submitted", "").strip():
        return "auto_submitted"
    for name in _STRONG:
        if facts.headers.get(name, "no").strip().lower() not in _OFF:
            return name.replace("-", "_")
    if facts.headers.get("precedence", "").strip().lower() in ("auto_reply", "auto-reply"):
        return "precedence"
    if facts.media == "multipart/report" and facts.report == "disposition-notification":
        return "receipt"
    return "null_return_path" if facts.headers.get("return-path", "").strip() == "<>" else None


def _subject(facts: Facts) -> Verdict | None:
    kind = subject_kind(facts.subject)
    if kind is None or (kind == "auto_ack" and not _weak_signals(facts)):
        return None
    decision = kind if kind in ("bounce", "calendar") else "auto_reply"
    return Verdict(decision, f"{decision}.subject", kind)


def _weak_header(facts: Facts) -> Verdict | None:
    """Weak headers say something only together, or with a body that speaks like a machine."""
    signals = _weak_signals(facts)
    if not signals:
        return None
    kind = body_kind(facts.text)
    if kind is not None:
        return Verdict("auto_reply", "auto_reply.header.weak_and_body", kind)
    subject = subject_kind(facts.subject)
    if subject is not None:
        return Verdict("auto_reply", "auto_reply.header.weak_and_subject", subject)
    if {"no_reply", "bulk"} <= signals:
        return Verdict("auto_reply", "auto_reply.header.bulk_no_reply", "auto_ack")
    return None


def _weak_signals(facts: Facts) -> frozenset[str]:
    found = set()
    if facts.headers.get("x-auto-response-suppress", "").strip():
        found.add("suppress")
    if facts.headers.get("precedence", "").strip().lower() in ("bulk", "list", "junk"):
        found.add("bulk")
    if any(name.startswith("list-") for name in facts.headers):
        found.add("list")
    if _NO_REPLY.match(facts.sender):
        found.add("no_reply")
    return frozenset(found)
