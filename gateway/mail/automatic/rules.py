"""What is decided before any model, on what people do not write; words alone are evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from gateway.mail.automatic.auto_reply import (
    BODY_CHARS,
    asks,
    body_kind,
    has_hint,
    has_ooo,
    names_failed_mail,
    speaks_of_delay,
    speaks_of_passing_on,
)
from gateway.mail.automatic.catalog import RESPONDER_HEADERS, WORDS, is_off, is_silent
from gateway.mail.automatic.facts import Facts, Findings, RuleDecision
from gateway.mail.automatic.notice import Notice, is_calendar_form, whole_notice
from gateway.mail.automatic.own_sender import is_ours
from gateway.mail.automatic.own_words import unsubscriptions, wordless
from gateway.mail.automatic.reports import (
    NOTICE_KIND,
    has_report,
    is_daemon,
    is_mail_server,
    reported,
)
from gateway.mail.automatic.subject import Announcement, announcement

_NO_REPLY = re.compile(r"^(?:no-?_?reply|do-?not-?_?reply|donotreply|noresponse|auto-?reply)\b")
_OFF = frozenset(("no", "false", "0", "off", "none", ""))
_WEAK = ("suppress", "bulk", "list", "no_reply")


def decide(facts: Facts, disabled: Set[str] = frozenset()) -> Findings:
    """Return the first decision that holds, strongest proof first, and all evidence there is.

    A rule whose id, or a prefix of it up to a dot, is in `disabled` neither decides nor gives
    evidence; the next one is looked at.
    """
    signs = _Signs(facts, disabled)
    decisions = (
        found for found in _rule_decisions(facts, signs) if not is_off(found.rule, disabled)
    )
    return Findings(next(decisions, None), signs.evidence, signs.may_tell_absence)


class _Signs:
    """What speaks for a machine; the costly look at the whole text is taken once, if asked for."""

    def __init__(self, facts: Facts, disabled: Set[str]) -> None:
        self._text, self._disabled = facts.text, disabled
        self.has_hint = has_hint(facts.text)
        self.is_human = _auto_submitted(facts).split(";")[0].strip() == "no"
        self.may_be_notice = self.has_hint and not self.is_human
        kind = body_kind(facts.text) if self.may_be_notice else None
        # Who looked for a kind in vain has looked for absence too, but for its abbreviation.
        is_open = self.is_human or kind is not None or has_ooo(facts.text)
        self.may_tell_absence = self.has_hint and is_open
        self._has_only_words = self.may_be_notice and kind is None
        self.body = None if kind is None or self._silent(f"body.{kind}") else kind
        found = announcement(facts.subject) if facts.subject and not self.is_human else None
        self.subject = None if found is None or self._silent(f"subject.{found.kind}") else found
        names = _weak_headers(facts) if facts.headers and not self.is_human else ()
        self.headers = [name for name in names if not self._silent(f"header.{name}")]
        self._notice: Notice | None = None
        self._is_read = not self.may_be_notice

    @property
    def notice(self) -> Notice | None:
        """The notice that the whole text is."""
        if not self._is_read:
            self._is_read = True
            found = whole_notice(self._text)
            silent = found is not None and self._silent(f"body.{found.kind}")
            self._notice = None if silent else found
        return self._notice

    @property
    def evidence(self) -> tuple[str, ...]:
        """The ids of all that speaks for a machine, words first."""
        found = [f"body.{self.body}"] if self.body else []
        found += [f"subject.{self.subject.kind}"] if self.subject else []
        found += [f"header.{name}" for name in self.headers]
        if not found and self._has_only_words and not self._silent(WORDS):
            return (WORDS,)
        return tuple(found)

    def kind(self, default: str) -> str:
        """Return the kind of an automatic reply that something else has proven."""
        body = self.notice.kind if self.notice else self.body
        subject = self.subject.kind if self.subject else None
        told = (body, subject) if body not in (None, "auto_ack") else (subject, body)
        kinds = [kind for kind in told if kind is not None and kind != "calendar"]
        return kinds[0] if kinds else default

    def _silent(self, evidence: str) -> bool:
        return bool(self._disabled) and is_silent(evidence, self._disabled)


def _rule_decisions(facts: Facts, signs: _Signs) -> Iterator[RuleDecision]:
    yield from reported(facts)
    if facts.sender:
        yield from _from_postmasters(facts, signs)
    if facts.own_domains and is_ours(facts.sender, facts.headers, facts.own_domains):
        yield RuleDecision("own_message", "own_message")
    if not facts.has_our_name:
        yield from unsubscriptions(facts)
    yield from _calendar_parts(facts)
    if not signs.is_human:
        if facts.headers:
            yield from _headers(facts, signs)
        if signs.subject is not None:
            yield from _subjects(signs.subject, facts, signs)
        if signs.headers:
            yield from _weak(facts, signs)
        if signs.has_hint:
            yield from _bodies(facts, signs)
    if not facts.text.strip():
        yield RuleDecision("empty", "empty.body")
    yield from wordless(facts.text)


def _from_postmasters(facts: Facts, signs: _Signs) -> Iterator[RuleDecision]:
    daemon = is_daemon(facts.sender)
    if not daemon and not facts.sender.startswith("postmaster@"):
        return
    subject = signs.subject.kind if signs.subject else None
    if subject == NOTICE_KIND:
        yield RuleDecision("auto_reply", "delivery.subject", NOTICE_KIND)
        return
    reports = "bounce" in (subject, signs.body) or "null_return_path" in signs.headers
    if not daemon and not reports:
        return
    name = "mailer_daemon" if daemon else "postmaster"
    words = f"{facts.subject}. {facts.text}"
    if subject != "bounce" and (speaks_of_delay(words) or speaks_of_passing_on(words)):
        yield RuleDecision("auto_reply", f"delivery.{name}", NOTICE_KIND)
    yield RuleDecision("bounce", f"bounce.{name}", "bounce")


def _calendar_parts(facts: Facts) -> Iterator[RuleDecision]:
    if facts.calendar_method in ("REPLY", "COUNTER", "CANCEL"):
        yield RuleDecision("calendar", f"calendar.{facts.calendar_method.lower()}", "calendar")
    if facts.has_calendar and not facts.text.strip():
        yield RuleDecision("calendar", "calendar.part", "calendar")


def _headers(facts: Facts, signs: _Signs) -> Iterator[RuleDecision]:
    """Yield what one header that only machines set decides; body and subject tell the kind."""
    if _is_generated(facts):
        if _agrees_with_generated(facts, signs):
            yield _automatic("auto_reply.header.auto_generated", signs.kind("auto_ack"))
    elif _auto_submitted(facts):
        yield _automatic("auto_reply.header.auto_submitted", signs.kind("out_of_office"))
    for name, rule in RESPONDER_HEADERS.items():
        if facts.headers.get(name, "no").strip().lower() not in _OFF:
            yield _automatic(rule, signs.kind("out_of_office"))
    if facts.headers.get("precedence", "").strip().lower() in ("auto_reply", "auto-reply"):
        yield _automatic("auto_reply.header.precedence", signs.kind("out_of_office"))
    if has_report(facts, "disposition-notification"):
        yield RuleDecision("auto_reply", "auto_reply.header.receipt", "auto_ack")


def _agrees_with_generated(facts: Facts, signs: _Signs) -> bool:
    """Check for a second sign beside "auto-generated", which says only that no reply was sent.

    Help desks and sales systems set it on what people write through them, and marks of bulk mail
    with it; so words (without a question), subject, an empty return path or an address that takes
    no replies have to agree.
    """
    if not {"null_return_path", "rules_agent", "no_reply"}.isdisjoint(signs.headers):
        return True
    if signs.subject is not None and signs.subject.kind != "calendar":
        return True
    speaks = signs.body is not None or signs.notice is not None
    return speaks and not asks(facts.text[:BODY_CHARS])


def _subjects(subject: Announcement, facts: Facts, signs: _Signs) -> Iterator[RuleDecision]:
    if subject.kind == "calendar":
        if not facts.text.strip() or is_calendar_form(facts.text):
            yield RuleDecision("calendar", "calendar.subject", "calendar")
    elif subject.kind in ("bounce", NOTICE_KIND):
        yield from _delivery(subject, facts, signs)
    elif _is_sure(subject, facts):
        yield _automatic("auto_reply.subject", signs.kind(subject.kind))
    elif signs.notice is not None or subject.kind == signs.body == "challenge":
        yield _automatic("auto_reply.subject_and_body", signs.kind(subject.kind))


def _is_sure(subject: Announcement, facts: Facts) -> bool:
    """Check that a subject proves an automatic reply; who asks something is no machine."""
    of_delivery = subject.kind in ("bounce", NOTICE_KIND, "calendar")
    return subject.sure and not of_delivery and not asks(facts.text)


def _delivery(subject: Announcement, facts: Facts, signs: _Signs) -> Iterator[RuleDecision]:
    """Yield what a subject on delivery means; parcels get lost too, so a server has to agree."""
    is_null = "null_return_path" in signs.headers
    if not (is_null or is_mail_server(facts) or _reports_mail(facts, signs)):
        return
    if subject.kind == "bounce":
        yield RuleDecision("bounce", "bounce.subject", "bounce")
    else:
        yield RuleDecision("auto_reply", "delivery.subject", NOTICE_KIND)


def _reports_mail(facts: Facts, signs: _Signs) -> bool:
    """Check for a mail server's words that name the mail which they are about, without asking."""
    if signs.notice is not None and signs.notice.kind == "bounce":
        return True
    speaks = signs.body == "bounce" or speaks_of_delay(facts.text)
    return speaks and names_failed_mail(facts.text) and not asks(facts.text[:BODY_CHARS])


def _weak(facts: Facts, signs: _Signs) -> Iterator[RuleDecision]:
    """Yield what weak headers say together, or with a subject or body that is a machine's."""
    subject = signs.subject.kind if signs.subject and signs.subject.kind != "calendar" else None
    for name in ("null_return_path", "rules_agent"):
        if name in signs.headers and (signs.body or subject or signs.notice):
            yield _automatic(f"auto_reply.header.{name}", signs.kind("out_of_office"))
    weak = [name for name in signs.headers if name in _WEAK]
    if weak and signs.notice is not None:
        yield _automatic("auto_reply.header.weak_and_body", signs.notice.kind)
    if weak and signs.subject is not None and _is_sure(signs.subject, facts):
        yield _automatic("auto_reply.header.weak_and_subject", signs.kind(signs.subject.kind))
    if "no_reply" in weak and ("bulk" in weak or "null_return_path" in signs.headers):
        yield _automatic("auto_reply.header.bulk_no_reply", signs.kind("auto_ack"))


def _bodies(facts: Facts, signs: _Signs) -> Iterator[RuleDecision]:
    if signs.notice is not None and signs.notice.alone:
        kind = signs.notice.kind
        if kind == "bounce":
            yield RuleDecision("bounce", "bounce.body", kind)
        else:
            yield RuleDecision("auto_reply", f"auto_reply.body.{kind}", kind)
    if is_calendar_form(facts.text):
        yield RuleDecision("calendar", "calendar.body", "calendar")


def _automatic(rule: str, kind: str) -> RuleDecision:
    """Return an automatic reply, or the bounce that it turns out to be."""
    return RuleDecision("bounce" if kind == "bounce" else "auto_reply", rule, kind)


def _auto_submitted(facts: Facts) -> str:
    return facts.headers.get("auto-submitted", "").strip().lower()


def _is_generated(facts: Facts) -> bool:
    return _auto_submitted(facts).startswith("auto-generated")


def _weak_headers(facts: Facts) -> Iterator[str]:
    """Yield headers that machines set, and people's programs as well now and then."""
    headers = facts.headers
    if _is_generated(facts):
        yield "auto_generated"
    if headers.get("return-path", "").strip() == "<>":
        yield "null_return_path"
    if "mailbox rules agent" in headers.get("x-ms-exchange-generated-message-source", "").lower():
        yield "rules_agent"
    if headers.get("x-auto-response-suppress", "").strip():
        yield "suppress"
    if headers.get("precedence", "").strip().lower() in ("bulk", "list", "junk"):
        yield "bulk"
    if any(name.startswith("list-") for name in headers):
        yield "list"
    if _NO_REPLY.match(facts.sender):
        yield "no_reply"
