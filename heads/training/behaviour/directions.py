"""Lists directional tests: sentences that must move a head's probability one way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from heads.training.behaviour.trials import Check, lowered, not_raised


@dataclass(frozen=True)
class Direction:
    """One directional test of one head.

    A sentence of `sentences[label]` is put behind every case whose `column` holds one of `on`; the
    label's probability must then do what `check` asks for.
    """

    name: str
    head: str
    column: str
    on: frozenset[str | bool]
    sentences: Mapping[str, tuple[str, ...]]
    check: Check = not_raised


_OPT_OUT = (
    "Please remove me from your list.",
    "And take my address off your mailing list.",
    "Also, do not email me again.",
    "Kindly stop writing to me.",
    "Delete my details please.",
    "I want to unsubscribe.",
)
_OBJECTION = (
    "We have no budget for this.",
    "We already have another supplier for it.",
    "So we are not interested, thanks.",
    "We don't need it.",
)
_POINTER = (
    "Please write to Ilse Okonkwo in procurement instead.",
    "You should contact our purchasing team about it.",
    "My colleague Renzo Falk (renzo@wexcombe.example) takes care of this.",
    "I have passed your mail on to our IT manager.",
)
_MEETING = (
    "Let's have a call on Tuesday at 3.",
    "Could we meet next Thursday?",
    "Are you free for a chat tomorrow morning?",
)
_QUESTION = (
    "What does it cost per seat?",
    "Can you send me a brochure?",
    "Which systems does it connect to?",
)
_APPROVAL = (
    "Thanks, sounds great.",
    "We really like what you do.",
    "This looks very good to us.",
    "Excellent, thank you!",
)
_REASONS = {
    "budget": ("We simply have no money for it.", "It is too expensive for us."),
    "timing": ("Ask me again in half a year.", "We are far too busy at the moment."),
    "has_solution": ("We already use another product for this.", "Our current vendor does it."),
    "no_need": ("We have no use for such a thing.", "There is nothing here that it could solve."),
    "not_right_person": ("I have nothing to do with that area.", "That is not my department."),
    "process": ("Head office decides and must run a tender.", "Our rules forbid it."),
    "trust": ("I don't trust your company.", "Your claims are not credible."),
    "product_gap": ("It lacks a feature that we need.", "It does not work with our system."),
    "other_reason": ("Our company is closing down.", "We are in a legal dispute with you."),
}
_NOTICES = {
    "out_of_office": ("I am out of the office until Monday.", "I am on holiday until 5 May."),
    "left_company": ("I no longer work for this company.", "This employee has left the firm."),
    "unmonitored": ("This mailbox is not monitored.", "Replies to this address are not read."),
    "address_changed": ("My email address has changed.", "Please use my new address from now on."),
    "bounce": ("Your message could not be delivered.", "The recipient's mailbox is full."),
    "challenge": (
        "Click the link to prove that you are human.",
        "Confirm that you are a real sender and your mail will be delivered.",
    ),
}
_REFUSED = frozenset({"objection", "other"})

DIRECTIONS = (
    Direction("opt-out added", "intent", "intent", _REFUSED, {"unsubscribe": _OPT_OUT}),
    Direction("opt-out added", "has_opt_out", "intent", _REFUSED, {"yes": _OPT_OUT}),
    Direction(
        "objection added", "intent", "intent", frozenset({"other"}), {"objection": _OBJECTION}
    ),
    Direction(
        "question added", "intent", "intent", frozenset({"other"}),
        {"positive": (*_QUESTION, *_MEETING)},
    ),
    Direction("pointer added", "intent", "intent", _REFUSED, {"referral": _POINTER}),
    Direction("pointer added", "has_referral", "has_referral", frozenset({False}),
              {"yes": _POINTER}),
    Direction(
        "approval added", "intent", "intent", frozenset({"positive"}), {"positive": _APPROVAL},
        lowered,
    ),
    Direction(
        "approval added", "has_opt_out", "has_opt_out", frozenset({False}), {"no": _APPROVAL},
        lowered,
    ),
    Direction(
        "meeting added", "positive_kind", "positive_kind", frozenset({"need_information", "misc"}),
        {"willing_to_meet": _MEETING},
    ),
    Direction(
        "question added", "positive_kind", "positive_kind", frozenset({"misc"}),
        {"need_information": _QUESTION},
    ),
    Direction(
        "reason added", "objection_reason", "objection_reason", frozenset({"no_reason"}), _REASONS
    ),
    Direction("notice added", "auto_kind", "auto_kind", frozenset({"auto_ack"}), _NOTICES),
)  # fmt: skip
