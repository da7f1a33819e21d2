"""Emails whose decision is beyond doubt, for every deployment of the shipped heads."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Golden:
    """One email as `/v1/classify` takes it, and what must come back.

    `decided_by` is "rule" where no head may be asked; `referral` is an address that must be found.
    """

    name: str
    mail: Mapping[str, str]
    intent: str
    reason: str | None = None
    decided_by: str = "model"
    referral: str | None = None


_BOUNCE = b"""\
From: MAILER-DAEMON@mx.example
To: ann@vendor.example
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Content-Type: multipart/report; report-type=delivery-status; boundary=part

--part
Content-Type: text/plain

The mail could not be delivered.
--part
Content-Type: message/delivery-status

Final-Recipient: rfc822; gone@example.com
Action: failed
Status: 5.1.1
--part--
"""
_QUOTED = """\
We have no money for this before April.

On Mon, 2 Mar 2026 at 10:12, Ann Lee <ann@vendor.example> wrote:
> Would you have 15 minutes this week? If not interested, just reply "stop".
"""
_REFERRED = (
    "I am not the right person for this. Please contact our head of procurement, "
    "Maria Lopez (maria.lopez@example.com)."
)
_AWAY = (
    "I am out of the office until 14 April with limited access to email. "
    "In urgent cases please contact my colleague Jan at jan@example.com."
)

GOLDEN = (
    Golden("no budget, above a quote", {"text": _QUOTED}, "objection", "budget"),
    Golden("not now", {"text": "Not this quarter, ping me in March."}, "objection", "timing"),
    Golden(
        "has a solution",
        {"text": "We already use another vendor for this and are happy with it."},
        "objection",
        "has_solution",
    ),
    Golden(
        "a meeting, in HTML",
        {"html": "<p>Sounds interesting. Could we talk on <b>Thursday</b> at 3pm?</p>"},
        "positive",
    ),
    Golden(
        "opts out",
        {"text": "Please remove me from your list and do not contact me again."},
        "unsubscribe",
    ),
    Golden(
        "refers to somebody",
        {"text": _REFERRED},
        "referral",
        referral="maria.lopez@example.com",
    ),
    Golden("away, by a rule", {"text": _AWAY}, "auto_reply", decided_by="rule"),
    Golden(
        "a bounce, by a rule",
        {"raw": base64.b64encode(_BOUNCE).decode()},
        "bounce",
        decided_by="rule",
    ),
    Golden("nothing, by a rule", {"text": "\n"}, "empty", decided_by="rule"),
)
