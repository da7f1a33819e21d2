"""Builds a head's trials from the material: the same ones for every version, drawn by hash."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Container, Iterator, Sequence
from functools import partial

import numpy as np

from heads.training.behaviour.directions import DIRECTIONS, Direction
from heads.training.behaviour.material import Material, label_of
from heads.training.behaviour.trials import (
    Check,
    Trial,
    abstained,
    changed,
    flipped,
    guessed,
    missed,
    silenced,
    undecided,
)
from heads.training.data.provenance import row_key
from heads.training.data.tables import CONTEXT_COLUMN, Record
from heads.training.data.taxonomy import Task
from heads.training.fitting.embeddings import Pair
from heads.training.perturbations.kinds import KINDS, Random
from heads.training.perturbations.vocabulary import GATE
from trunkline.reply_context import context_of

CLEAR_PAIRS = 3_100
"""Pairs over all clear replies; a head is asked for those of which it learnt none."""

CLEAR = "context: clear reply"
"""How the kinds of test begin whose texts a head may have learnt from."""

_CASES_OF_LABEL = 40
_BASES = 60
_LEAST_OF_LABEL = 6
_DIRECTED = 60
_SELDOM = frozenset({"spelling"})

_MINIMUM_BOUND = 0.15
_INVARIANCE_BOUND = 0.05
_DIRECTION_BOUND = 0.05
_SILENCED_BOUND = 0.03
_ALONE_BOUND = 0.10
_ANSWERED_BOUND = 0.15
_GUESSED_BOUND = 0.50


def trials(
    task: Task, material: Material, clear: Sequence[str], fresh: Container[str]
) -> tuple[Trial, ...]:
    """Build every trial of a head that reads the mail that a text answers.

    `clear` are its clear replies; those in `fresh`, of which the head that is asked must have
    learnt none, are tried. What is tried does not depend on what is left out.
    """
    cases = [record for record in material.cases if task.applies(record.fields)]
    return (
        minimum(task, cases),
        *invariances(task, cases),
        *directions(task, cases),
        *clear_trials(clear, material.mails, fresh),
        *answer_trials(task, material.answers),
    )


def minimum(task: Task, cases: Sequence[Record]) -> Trial:
    """Ask for short clear cases, at most 40 a label: each must be decided as its label."""
    chosen = _balanced(task, cases, _CASES_OF_LABEL)
    pairs = [(_text(record), "") for record in chosen]
    expected = [label_of(task, record) for record in chosen]
    return _trial("minimum", pairs, pairs, undecided, _MINIMUM_BOUND, expected)


def invariances(task: Task, cases: Sequence[Record]) -> Iterator[Trial]:
    """Perturb cases, evenly of all labels, in each way once: the decision must stay.

    A text in which a way finds nothing to change is no case; a way that seldom finds anything is
    tried on all cases.
    """
    share = max(_LEAST_OF_LABEL, _BASES // len(task.labels))
    bases = [_text(record) for record in _balanced(task, cases, share)]
    everything = [_text(record) for record in _balanced(task, cases, len(cases))]
    for name, kind in KINDS.items():
        before, after = [], []
        for text in everything if name in _SELDOM else bases:
            other = kind.change(text, GATE, _random(name, text))
            if other != text:
                before.append((text, ""))
                after.append((other, ""))
        yield _trial(f"invariance: {name}", before, after, changed, _INVARIANCE_BOUND)


def directions(task: Task, cases: Sequence[Record]) -> Iterator[Trial]:
    """Put a sentence behind cases that must move a label's probability one way."""
    for direction in DIRECTIONS:
        if direction.head == task.name:
            yield _directed(direction, cases)


def clear_trials(
    clear: Sequence[str], mails: Sequence[str], fresh: Container[str]
) -> Iterator[Trial]:
    """Read fresh clear replies beside mails that must not matter.

    No pair may decide another label than the reply alone, few may be abstained from that are
    decided alone, and nine in ten replies must be decided alone.
    """
    alone = [(text, "") for text in clear if text in fresh]
    keys = [row_key(text) for text, _ in alone]
    yield _trial(f"{CLEAR} undecided alone", alone, alone, abstained, _ALONE_BOUND, (), keys)
    after = [pair for pair in clear_pairs(clear, mails) if pair[0] in fresh]
    before = [(text, "") for text, _ in after]
    keys = [row_key(text) for text, _ in after]
    yield _trial(f"{CLEAR} flipped by a mail", before, after, flipped, 0.0, (), keys)
    yield _trial(f"{CLEAR} silenced by a mail", before, after, silenced, _SILENCED_BOUND, (), keys)


def clear_pairs(texts: Sequence[str], mails: Sequence[str]) -> list[Pair]:
    """Pair every text with as many mails as give 3,100 pairs, or with all mails if that is less."""
    each = min(len(mails), math.ceil(CLEAR_PAIRS / max(len(texts), 1)))
    return [
        (text, context_of(text, mail))
        for text in texts
        for mail in sorted(mails, key=partial(_digest, text))[:each]
    ]


def answer_trials(task: Task, answers: Sequence[Record]) -> Iterator[Trial]:
    """Ask for replies that need their mail, with it and without it.

    With it the likeliest label must be theirs. Without it few may be got right, or the replies
    could be answered alone; this measures the replies and compares no versions. For yes/no heads,
    where most answers are a no, every text is as often a yes as a no.
    """
    chosen = [record for record in answers if task.applies(record.fields)]
    if task.is_yes_no:
        chosen = _twins(task, chosen)
    expected = [label_of(task, record) for record in chosen]
    groups = [f"{_text(r)} | {r.fields[CONTEXT_COLUMN]}" for r in chosen]
    read = [(_text(r), context_of(_text(r), str(r.fields[CONTEXT_COLUMN]))) for r in chosen]
    alone = [(_text(record), "") for record in chosen]
    yield _trial("context: answer wrong beside its mail", read, read, missed, _ANSWERED_BOUND,
                 expected, groups)  # fmt: skip
    yield _trial("context: answer guessed without its mail", alone, alone, guessed,
                 _GUESSED_BOUND, expected, groups, compared=False)  # fmt: skip


def _directed(direction: Direction, cases: Sequence[Record]) -> Trial:
    bases = [r for r in cases if r.fields[direction.column] in direction.on]
    bases = sorted(bases, key=lambda record: _digest(direction.name, _text(record)))
    each = max(1, _DIRECTED // len(direction.sentences))
    before, after, expected = [], [], []
    for label, sentences in direction.sentences.items():
        for record in bases[:each]:
            text = _text(record)
            more = sentences[int(_random(label, text).integers(len(sentences)))]
            before.append((text, ""))
            after.append((f"{text} {more}", ""))
            expected.append(label)
    kind = f"direction: {direction.name}"
    return _trial(kind, before, after, direction.check, _DIRECTION_BOUND, expected)


def _trial(
    kind: str,
    before: Sequence[Pair],
    after: Sequence[Pair],
    check: Check,
    bound: float,
    expected: Sequence[str] = (),
    groups: Sequence[str] = (),
    *,
    compared: bool = True,
) -> Trial:
    return Trial(
        kind,
        tuple(before),
        tuple(after),
        tuple(expected) or ("",) * len(after),
        tuple(groups) or tuple(text for text, _ in before),
        check,
        bound,
        compared,
    )


def _balanced(task: Task, records: Sequence[Record], most: int) -> list[Record]:
    """Take at most so many records of each label, in the order of their texts' digests."""
    ordered = sorted(records, key=lambda record: _digest("", _text(record)))
    chosen: list[Record] = []
    for label in task.labels:
        chosen += [record for record in ordered if label_of(task, record) == label][:most]
    return chosen


def _twins(task: Task, records: Sequence[Record]) -> list[Record]:
    """Keep rows of texts that are a yes and a no, as many of each: no text tells the label."""
    ordered = sorted(records, key=lambda record: _digest(_text(record), str(record.fields)))
    by_text: dict[str, tuple[list[Record], list[Record]]] = {}
    for record in ordered:
        yes_and_no = by_text.setdefault(_text(record), ([], []))
        yes_and_no[label_of(task, record) == "no"].append(record)
    return [
        record
        for pairs in by_text.values()
        for pair in zip(*pairs, strict=False)
        for record in pair
    ]


def _random(*parts: str) -> Random:
    return np.random.default_rng(int.from_bytes(_digest(*parts)[:8], "big"))


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).digest()


def _text(record: Record) -> str:
    return str(record.fields["text"])
