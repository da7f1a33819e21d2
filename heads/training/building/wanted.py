"""Checks what a new head is to be called and to consist of, before any work is done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from heads.manifest import (
    MAX_DESCRIPTION,
    MAX_HIDDEN,
    MAX_LABELS,
    MAX_MEMBERS,
    NAME,
    RESERVED_LABELS,
    VIEW,
)
from heads.training.errors import DataError
from heads.training.fitting.recipe import Recipe, parse_members

_MAX_LABEL = 64
_MOST_NAMED = 8
_VIEW = re.compile(VIEW)


@dataclass(frozen=True)
class Wanted:
    """A head to make: its name, and the table's columns that it is made of.

    `labels`: those that the column must hold, in the head's order; empty for whichever it holds.
    `label`: the one that a yes/no head of a table of several labels asks for.
    """

    name: str
    labels: tuple[str, ...]
    description: str
    text_column: str
    context_column: str
    label_column: str
    group_column: str
    label: str = ""

    def check(self) -> None:
        """Raise DataError for a name, description or labels that no bundle may have."""
        check_name(self.name)
        if len(self.description) > MAX_DESCRIPTION:
            raise DataError(
                f"--description: {len(self.description)} characters, {MAX_DESCRIPTION} at most"
            )
        if self.labels:
            check_labels(self.labels)

    def describe(self, labels: Sequence[str]) -> str:
        """Return the description given, or a short one of the labels."""
        if self.description:
            return self.description
        if self.label:
            return f"Whether a reply is labelled {self.label}."
        if tuple(labels) == ("yes", "no"):
            return f"Whether a reply is {self.name}: yes or no."
        listed = ", ".join(labels[:_MOST_NAMED])
        more = ", ..." if len(labels) > _MOST_NAMED else ""
        return f"Which of {len(labels)} labels a reply is: {listed}{more}."


def check_name(name: str) -> None:
    """Raise DataError for what cannot be a head's name."""
    if not re.match(NAME, name):
        raise DataError(
            f"{name!r} cannot be a head's name: a small letter, then small letters, digits and _, "
            "64 at most"
        )


def check_labels(labels: Sequence[str]) -> None:
    """Raise DataError for labels that no head may have."""
    if twice := sorted({label for label in labels if labels.count(label) > 1}):
        raise DataError(f"labels: {', '.join(twice)} twice")
    if len(labels) > MAX_LABELS:
        raise DataError(f"{len(labels)} labels, {MAX_LABELS} at most: is this the right column?")
    for label in labels:
        if not label.strip() or len(label) > _MAX_LABEL or label in RESERVED_LABELS:
            raise DataError(
                f"{label[:80]!r} cannot be a label: 1 to {_MAX_LABEL} characters, and not "
                f"{', '.join(RESERVED_LABELS)}; is this the right column?"
            )


def check_members(text: str, layers: int) -> Recipe:
    """Parse members that an encoder of so many layers can be read by. Raises DataError."""
    members = parse_members(text)
    if len(members) > MAX_MEMBERS:
        raise DataError(f"{len(members)} members, {MAX_MEMBERS} at most")
    for member in members:
        if member.lexical and member.shape.hidden:
            raise DataError("lexical members have no hidden layer: write `lexical`")
        if not 0 <= member.shape.hidden <= MAX_HIDDEN:
            raise DataError(f"{member.name}: {MAX_HIDDEN} hidden units at most")
        for view in member.views:
            if not _VIEW.match(view):
                raise DataError(
                    f"{view!r} is no member: write `lexical`, or views as mean@3+mean@6, /32 "
                    "behind them for a hidden layer, members apart by ;"
                )
            if int(view.partition("@")[2]) > layers:
                raise DataError(f"{view}: the encoder has {layers} layers")
    return Recipe(members)
