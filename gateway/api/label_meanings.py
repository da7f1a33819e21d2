"""What the labels of the shipped heads mean, in the words of the labelling guide."""

from collections.abc import Mapping

_YES_NO_REFERRAL = {"yes": "a usable pointer elsewhere, or a hand-over", "no": "neither"}
_YES_NO_OPT_OUT = {
    "yes": "asks in any tone that contact stop or data go",
    "no": "asks for no such thing",
}
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "intent": {
        "positive": "agrees to meet; asks to be sent something; asks what only makes sense while "
        "evaluating; moves to a near, concrete date",
        "objection": "declines, with or without a reason, without demanding that contact stop and "
        "without pointing elsewhere",
        "unsubscribe": "an imperative about future contact or stored data: stop, remove, delete, "
        "do not write",
        "referral": "says where to go: a name, role, team, mailbox, portal, partner; or that it "
        "was handed on",
        "auto_reply": "written by a machine, whatever it says",
        "other": "acknowledgements, confusion, questions about us instead of the offer, "
        "counter-pitches, job seekers, support, wrong thread, jokes, complaints about conduct",
    },
    "objection_reason": {
        "budget": "money: price, freeze, no funds",
        "timing": "too busy, wrong moment, come back later",
        "has_solution": "the need is met: a vendor, in-house, a contract",
        "no_need": "no use for the category",
        "not_right_person": "not my area, and no pointer",
        "process": "wants or might, but rules, head office, a committee, a tender decide",
        "trust": "doubts about vendor, claims, security, privacy, or a bad past",
        "product_gap": "need exists, the product lacks something",
        "no_reason": "a bare decline",
        "other_reason": "closing down, dispute, ethics, private",
    },
    "positive_kind": {
        "willing_to_meet": "a call, a visit, a slot",
        "need_information": "a question, a document, a price",
        "misc": "go ahead, sign me up, start the trial",
    },
    "auto_kind": {
        "out_of_office": "away for now",
        "left_company": "no longer works there",
        "auto_ack": "received, ticket",
        "unmonitored": "nobody reads this box",
        "address_changed": "has another address now",
        "bounce": "could not be delivered",
        "calendar": "accepted, declined, tentative",
        "challenge": "prove that you are human",
    },
    "has_referral": _YES_NO_REFERRAL,
    "has_opt_out": _YES_NO_OPT_OUT,
}
"""Meanings of labels by head and label; heads of a deployment's own are not in here."""

BY_RULES: Mapping[str, Mapping[str, str]] = {
    "intent": {
        "bounce": "a report that our mail could not be delivered",
        "calendar": "an answer to an invitation, written by a calendar",
        "empty": "nothing was written",
        "too_large": "more than is read of one email",
    },
    "auto_kind": {"delivery_notice": "a report of delayed, relayed or delivered mail"},
}
"""What mail rules decide beside the labels of the heads of these names."""


def meanings_of(head: str, labels: tuple[str, ...]) -> dict[str, str]:
    """Return the meanings of those `labels` of a head that have one."""
    known = MEANINGS.get(head, {})
    return {label: known[label] for label in labels if label in known}


def open_labels(head: str) -> dict[str, object]:
    """Return the JSON schema of a head's label, or null: the known ones, and any other.

    A deployment may serve labels of its own, and a later release more: no client may break on one.
    """
    known = {**MEANINGS[head], **BY_RULES.get(head, {})}
    listed = {
        "type": "string",
        "enum": list(known),
        "x-enum-descriptions": list(known.values()),
    }
    return {"anyOf": [listed, {"type": "string"}, {"type": "null"}]}


def explained(head: str, beginning: str) -> str:
    """Return `beginning` with what each label means, as a Markdown list."""
    known = {**MEANINGS[head], **BY_RULES.get(head, {})}
    return "\n".join([beginning, "", *(f"* `{label}`: {text}" for label, text in known.items())])
