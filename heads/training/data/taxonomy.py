"""Lists the labels of sales-email replies, and which head learns what from a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

INTENTS = ("positive", "objection", "unsubscribe", "referral", "auto_reply", "other")
OBJECTION_REASONS = (
    "budget",
    "timing",
    "has_solution",
    "no_need",
    "not_right_person",
    "process",
    "trust",
    "product_gap",
    "no_reason",
    "other_reason",
)
POSITIVE_KINDS = ("willing_to_meet", "need_information", "misc")
AUTO_KINDS = (
    "out_of_office",
    "left_company",
    "auto_ack",
    "unmonitored",
    "address_changed",
    "bounce",
    "calendar",
    "challenge",
)
YES_NO = ("yes", "no")

# The field of a row that carries the finer label, by the intent that it refines.
CONDITIONAL_FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "objection": ("objection_reason", OBJECTION_REASONS),
    "positive": ("positive_kind", POSITIVE_KINDS),
    "auto_reply": ("auto_kind", AUTO_KINDS),
}

Kind = Literal["softmax", "sigmoid"]


@dataclass(frozen=True)
class ThresholdPolicy:
    """What the thresholds promise on out-of-fold scores.

    `precision`: every label's threshold is the lowest one at which the answered rows reach it;
    `precisions` holds pairs (label, precision) of the labels that have another target.
    `recall_of_yes`: instead, yes/no heads only, the highest threshold that keeps this recall.
    `protected`: pairs (decided, truth) of labels that must not happen, e.g. deciding unsubscribe
    for a positive reply: of a thousand such replies to one at most.
    """

    precision: float = 0.90
    recall_of_yes: float | None = None
    protected: tuple[tuple[str, str], ...] = ()
    precisions: tuple[tuple[str, float], ...] = ()

    def target(self, label: str) -> float | None:
        """Return the precision that decisions for `label` must have; None under a recall policy."""
        if self.recall_of_yes is not None:
            return None
        return dict(self.precisions).get(label, self.precision)


@dataclass(frozen=True)
class Task:
    """One head's learning task: where its label stands in a row, and on which rows it learns."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    column: str
    description: str
    parent_head: str | None = None
    parent_label: str | None = None
    policy: ThresholdPolicy = ThresholdPolicy()

    @property
    def is_yes_no(self) -> bool:
        """Whether the head answers yes or no from one logit."""
        return self.kind == "sigmoid" and self.labels == YES_NO

    def applies(self, row: Mapping[str, Any]) -> bool:
        """Whether the row teaches this head: conditional heads learn on their parent's rows."""
        return self.parent_label is None or row.get("intent") == self.parent_label


def _conditional(name: str, parent: str, description: str) -> Task:
    column, labels = CONDITIONAL_FIELDS[parent]
    return Task(name, "softmax", labels, column, description, "intent", parent)


REPLY_TASKS: Mapping[str, Task] = {
    task.name: task
    for task in (
        Task(
            "intent",
            "softmax",
            INTENTS,
            "intent",
            "What the author of a reply asks to happen next.",
            policy=ThresholdPolicy(precision=0.92, protected=(("unsubscribe", "positive"),)),
        ),
        _conditional("objection_reason", "objection", "The blocker behind an objection."),
        _conditional("positive_kind", "positive", "What a positive reply asks for."),
        _conditional("auto_kind", "auto_reply", "Which machine wrote an automatic reply."),
        Task(
            "has_referral",
            "sigmoid",
            YES_NO,
            "has_referral",
            "Whether the reply says where else to go: a person, role, team, mailbox or hand-over.",
        ),
        Task(
            "has_opt_out",
            "sigmoid",
            YES_NO,
            "has_opt_out",
            "Whether the reply asks, in any tone, that contact stop or data be deleted.",
            policy=ThresholdPolicy(recall_of_yes=0.955),
        ),
    )
}
