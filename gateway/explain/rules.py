"""Names the rule that decided a mail alone, what it means, and the words it read."""

from __future__ import annotations

from gateway.explain.segments import Span
from gateway.explain.values import RuleReason
from gateway.mail import CleanedMail
from gateway.mail.automatic.catalog import RULES

# Rules of the words alone; the others read headers, a subject or parts of a message.
_OF_ALL_WORDS = ("auto_reply.body.", "bounce.body", "calendar.body", "no_words.")


def rule_reason(mail: CleanedMail) -> RuleReason:
    """Return the reason of a mail that a rule decided."""
    rule = mail.rule or ""
    return RuleReason(rule, RULES.get(rule, ""), mail.decision or "", _span(rule, mail))


def _span(rule: str, mail: CleanedMail) -> Span | None:
    if mail.decision == "unsubscribe" and mail.opt_out_span is not None:
        return mail.opt_out_span
    if rule.startswith(_OF_ALL_WORDS) and mail.text:
        return 0, len(mail.text)
    return None
