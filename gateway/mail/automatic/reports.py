"""Machine-readable reports: delivery status (RFC 3464), complaints (RFC 5965), failed mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.mail.automatic.facts import Facts, RuleDecision

NOTICE_KIND = "delivery_notice"
_ACTION = re.compile(r"^action[ \t]{0,5}:[ \t]{0,5}([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"^status[ \t]{0,5}:[ \t]{0,5}([245])\.", re.IGNORECASE | re.MULTILINE)
_FEEDBACK = re.compile(r"^feedback-type[ \t]{0,5}:[ \t]{0,5}([a-z\-]{1,30})", re.I | re.MULTILINE)
_UNFINISHED = ("delayed", "expanded", "relayed", "delivered")
_BY_STATUS = {"2": "delivered", "4": "delayed", "5": "failed"}
_NO_COMPLAINT = frozenset(("not-spam", "auth-failure", "dkim", "dmarc", "virus", "other"))
_DAEMON = re.compile(r"^(?:mailer-daemon|mail-daemon|maildaemon)(?:@|$)")

_SERVER = re.compile(
    r"(?:mailer-daemon|mail-daemon|maildaemon|postmaster)(?:@|$)|microsoftexchange[0-9a-f]{8,40}@",
    re.IGNORECASE,
)


def reported(facts: Facts) -> Iterator[RuleDecision]:
    """Yield what a machine-readable report proves, strongest first."""
    if facts.feedback_report is not None or has_report(facts, "feedback-report"):
        match = _FEEDBACK.search(facts.feedback_report or "")
        if match is not None and match.group(1).lower() in _NO_COMPLAINT:
            yield RuleDecision("auto_reply", "report.feedback", NOTICE_KIND)
        else:
            yield RuleDecision("unsubscribe", "complaint.feedback_report")
    if _is_delivery_report(facts):
        action = _final_action(facts.delivery_status or "")
        if action == "failed":
            yield RuleDecision("bounce", "bounce.delivery_status", "bounce")
        else:
            yield RuleDecision("auto_reply", f"delivery.{action}", NOTICE_KIND)
    if facts.headers.get("x-failed-recipients", "").strip():
        yield RuleDecision("bounce", "bounce.failed_recipients", "bounce")


def is_daemon(sender: str) -> bool:
    """Whether a mail server's daemon, never a person, is the sender."""
    return _DAEMON.match(sender) is not None


def is_mail_server(facts: Facts) -> bool:
    """Whether sender or form are those of mail servers that report on a delivery."""
    return facts.opens_with_report or _SERVER.match(facts.sender) is not None


def has_report(facts: Facts, kind: str) -> bool:
    """Whether the mail is a machine-readable report of this type, at any depth of its parts.

    What people write before a report that they pass on makes it theirs, unless it comes from a
    mail server: gateways put their warnings there.
    """
    if facts.report != kind:
        return False
    return facts.opens_with_report or _is_from_server(facts)


def _is_from_server(facts: Facts) -> bool:
    is_null = facts.headers.get("return-path", "").strip() == "<>"
    return is_null or _SERVER.match(facts.sender) is not None


def _is_delivery_report(facts: Facts) -> bool:
    """Tell a report of its own from one that a person attached to his words."""
    if has_report(facts, "delivery-status"):
        return True
    if facts.delivery_status is None:
        return False
    is_form = facts.media != "multipart/mixed" and facts.report is None
    return is_form or facts.opens_with_report or _is_from_server(facts)


def _final_action(report: str) -> str:
    """Return the worst that happened to any recipient; failed if the report does not say."""
    actions = {action.lower() for action in _ACTION.findall(report)}
    if "failed" in actions:
        return "failed"
    for action in _UNFINISHED:
        if action in actions:
            return action
    classes = _STATUS.findall(report)
    return _BY_STATUS[max(classes)] if classes else "failed"
