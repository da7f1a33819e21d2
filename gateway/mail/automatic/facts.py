"""What the rules look at, and what they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OptOut = Literal["yes", "no"]


@dataclass(frozen=True)
class Facts:
    """What the rules may look at; header names are lower case, values decoded.

    `text` holds the newest words only. `report` is the type of the first machine-readable report
    in the mail, "" for one without a type, and `opens_with_report` whether nothing stands before
    it. `has_our_name`: the mail comes from elsewhere and bears our name. `delivery_status` and
    `feedback_report` are the texts of the parts of these types. None where there are none.
    """

    headers: Mapping[str, str]
    subject: str
    sender: str
    text: str
    media: str = ""
    report: str | None = None
    opens_with_report: bool = False
    delivery_status: str | None = None
    feedback_report: str | None = None
    calendar_method: str = ""
    has_calendar: bool = False
    own_domains: tuple[str, ...] = ()
    has_our_name: bool = False


@dataclass(frozen=True)
class RuleDecision:
    """What a rule decided, under which id, and the kind of machine mail where it is one."""

    decision: str
    rule: str
    auto_kind: str | None = None
    flag: str | None = None


@dataclass(frozen=True)
class Findings:
    """The decision of the first rule that holds, if any, and what speaks for a machine at all.

    `may_tell_absence` is false where the text needs no reading for one.
    """

    rule_decision: RuleDecision | None
    evidence: tuple[str, ...]
    may_tell_absence: bool

    @property
    def opt_out(self) -> OptOut | None:
        """Whether the mail is proven to ask for no more mail, or proven not to; None if neither."""
        if self.rule_decision is None:
            return None
        return _OPT_OUT.get(self.rule_decision.decision)


# A calendar answer proves neither: people type comments into them.
_OPT_OUT: Mapping[str, OptOut] = {
    "unsubscribe": "yes",
    "auto_reply": "no",
    "bounce": "no",
    "own_message": "no",
}
