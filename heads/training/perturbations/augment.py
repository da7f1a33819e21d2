"""Perturbs rows to learn from: the same labels, words that the gate never measures with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heads.training.data.tables import CONTEXT_COLUMN, Record
from heads.training.perturbations.kinds import KINDS, Kind, Random
from heads.training.perturbations.vocabulary import LEARNING
from trunkline.reply_context import needs_context


def augmented(
    records: Sequence[Record], *, seed: int, share: float = 1.0, text_column: str = "text"
) -> list[Record]:
    """Return perturbed copies of a `share` of the rows, chosen by chance, in order.

    The originals are not among them. Labels, author, file and place stay, so that a copy stands
    in the fold of its original; spans of a referral still stand in the text letter by letter.
    A copy that would no longer be read with the mail that it answers is left out, as is one whose
    text did not change.
    """
    random = np.random.default_rng(seed)
    copies = []
    for record in records:
        draw, kind_draw = random.random(), int(random.integers(2**32))
        text = record.fields.get(text_column)
        if draw >= share or not isinstance(text, str):
            continue
        allowed = _ADDING if record.fields.get("referral") else _ALL
        changed = _vary(text, np.random.default_rng(kind_draw), allowed)
        if changed != text and not _loses_its_mail(record, text, changed):
            fields = {**record.fields, text_column: changed}
            copies.append(Record(record.path, record.line, fields))
    return copies


def vary(text: str, random: Random) -> str:
    """Perturb one text in one way, drawn evenly; it stays where that way finds nothing to change.

    What an epoch of tuning calls for each text that it varies.
    """
    return _vary(text, random, _ALL)


_ALL: tuple[Kind, ...] = tuple(KINDS.values())
_ADDING = tuple(kind for kind in _ALL if kind.adds)


def _vary(text: str, random: Random, allowed: Sequence[Kind]) -> str:
    kind = allowed[int(random.integers(len(allowed)))]
    return kind.change(text, LEARNING, random)


def _loses_its_mail(record: Record, text: str, changed: str) -> bool:
    """Whether only the original is so short that its mail is read with it."""
    has_mail = bool(record.fields.get(CONTEXT_COLUMN))
    return has_mail and needs_context(text) and not needs_context(changed)
