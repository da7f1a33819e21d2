"""Checks what a corpus of labelled replies must satisfy before a head learns from it."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from heads.training.data.dataset import AUTHOR_COLUMNS
from heads.training.data.near_duplicates import folded, similar_pairs
from heads.training.data.tables import Record
from heads.training.data.taxonomy import (
    AUTO_KINDS,
    CONDITIONAL_FIELDS,
    INTENTS,
    OBJECTION_REASONS,
    POSITIVE_KINDS,
)
from trunkline.reply_context import needs_context

NEAR_DUPLICATE = 0.5
MAX_SAME_OPENING = 8
MAX_TEXTS_PER_AUTHOR = 8
REFERRAL_SPANS = ("name", "email", "phone", "role", "team")

_TYPES: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "intent": str,
    "objection_reason": (str, type(None)),
    "positive_kind": (str, type(None)),
    "auto_kind": (str, type(None)),
    "has_referral": bool,
    "referral": list,
    "has_opt_out": bool,
    "lang": str,
    "author": str,
    "alt_labels": list,
    "trap": (bool, str),
}
_OPTIONAL: dict[str, tuple[type, ...]] = {
    "last_outbound": (str, type(None)),
    **dict.fromkeys(AUTHOR_COLUMNS, (bool, str, type(None))),
}
_ANY_LABEL = {*INTENTS, *OBJECTION_REASONS, *POSITIVE_KINDS, *AUTO_KINDS}
_LANG = re.compile(r"[a-z]{2,3}(-[A-Za-z]+)?")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


@dataclass(frozen=True)
class Finding:
    """One failure: where it stands, which rule it breaks, and how."""

    place: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule}: {self.message}"


def check_corpus(rows: Sequence[Record], against: Sequence[Record] = ()) -> list[Finding]:
    """Return every failure of the corpus, worst kind first; empty when it may be used."""
    findings = [finding for row in rows for finding in check_row(row)]
    sound = [row for row in rows if isinstance(row.fields.get("text"), str)]
    findings += check_authors(sound)
    findings += check_openings(sound)
    findings += check_near_duplicates(sound)
    findings += check_overlap(sound, against)
    return findings


def check_row(row: Record) -> Iterator[Finding]:
    """Check the schema and the labels of one row."""
    fields = row.fields
    for name, expected in _TYPES.items():
        if name not in fields:
            yield Finding(row.place, "schema", f"{name} is missing")
        elif not isinstance(fields[name], expected):
            yield Finding(row.place, "schema", f"{name} is {type(fields[name]).__name__}")
    for name in sorted(set(fields) & set(_OPTIONAL)):
        if not isinstance(fields[name], _OPTIONAL[name]):
            yield Finding(row.place, "schema", f"{name} is {type(fields[name]).__name__}")
    for name in sorted(set(fields) - set(_TYPES) - set(_OPTIONAL)):
        yield Finding(row.place, "schema", f"unknown field {name}")
    if not str(fields.get("text", "")).strip():
        yield Finding(row.place, "schema", "text is empty")
    if not str(fields.get("author", "")).strip():
        yield Finding(row.place, "schema", "author is empty")
    if not _LANG.fullmatch(str(fields.get("lang", ""))):
        yield Finding(row.place, "schema", f"lang {fields.get('lang')!r} is no language code")
    yield from _check_labels(row)
    yield from _check_referral(row)


def _check_labels(row: Record) -> Iterator[Finding]:
    fields = row.fields
    intent = fields.get("intent")
    if intent not in INTENTS:
        yield Finding(row.place, "label", f"unknown intent {intent!r}")
    for parent, (name, labels) in CONDITIONAL_FIELDS.items():
        value = fields.get(name)
        if intent == parent and value not in labels:
            yield Finding(row.place, "label", f"{parent} needs a {name}, found {value!r}")
        if intent != parent and value is not None:
            yield Finding(row.place, "label", f"{name} stands only under {parent}")
    if intent == "unsubscribe" and fields.get("has_opt_out") is False:
        yield Finding(row.place, "label", "unsubscribe without has_opt_out")
    if intent == "referral" and fields.get("has_referral") is False:
        yield Finding(row.place, "label", "intent referral without has_referral")
    for label in _as_list(fields.get("alt_labels")):
        if label not in _ANY_LABEL:
            yield Finding(row.place, "label", f"unknown alternative label {label!r}")


def _check_referral(row: Record) -> Iterator[Finding]:
    entries = _as_list(row.fields.get("referral"))
    if bool(entries) != bool(row.fields.get("has_referral")):
        yield Finding(row.place, "referral", "has_referral and the referral list disagree")
    text = str(row.fields.get("text", ""))
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != {*REFERRAL_SPANS, "handed_over"}:
            yield Finding(row.place, "referral", "an entry needs exactly the six known fields")
            continue
        if not isinstance(entry["handed_over"], bool):
            yield Finding(row.place, "referral", "handed_over is not true or false")
        for name in REFERRAL_SPANS:
            span = entry[name]
            if span is not None and (not isinstance(span, str) or not span or span not in text):
                yield Finding(row.place, "referral", f"{name} {span!r} does not stand in the text")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def check_authors(rows: Sequence[Record]) -> Iterator[Finding]:
    """Refuse more than eight texts from one author: no author's style may carry a class."""
    by_author: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        by_author[str(row.fields.get("author"))].append(row)
    for author, texts in by_author.items():
        for row in texts[MAX_TEXTS_PER_AUTHOR:]:
            yield Finding(
                row.place,
                "author",
                f"{author} wrote {len(texts)} texts, {MAX_TEXTS_PER_AUTHOR} at most",
            )


def opening(text: str) -> str | None:
    """Return the first three words in lower case; None for a text of fewer than three."""
    words = _WORD.findall(text.lower())
    return " ".join(words[:3]) if len(words) >= 3 else None


def check_openings(rows: Sequence[Record]) -> Iterator[Finding]:
    """Refuse a three-word opening more than eight times in a file: a sign of templates.

    Writers who know nothing of each other may well open alike ("thank you for"), and twins, one
    text under several mails, count once.
    """
    openings = [(row.path, opening(str(row.fields["text"]))) for row in rows]
    distinct = {(*key, str(row.fields["text"])) for key, row in zip(openings, rows, strict=True)}
    counts = Counter((path, words) for path, words, _ in distinct)
    for row, key in zip(rows, openings, strict=True):
        if key[1] and counts[key] > MAX_SAME_OPENING:
            yield Finding(row.place, "opening", f"{key[1]!r} opens {counts[key]} texts")


def check_near_duplicates(rows: Sequence[Record]) -> Iterator[Finding]:
    """Refuse texts of two authors that are nearly the same, and exact repetitions."""
    for first, second, similarity in near_twins(rows):
        yield Finding(
            rows[second].place, "near-duplicate", f"{similarity:.2f} like {rows[first].place}"
        )


def near_twins(rows: Sequence[Record]) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs (i, j, similarity), i < j, of which the second adds nothing.

    Twins add something: one text of one author under two mails, or of two authors if it is so
    short that the mail gives it its meaning. So do contrasts: other words and another intent.
    """
    texts = [str(row.fields["text"]) for row in rows]
    for first, second, similarity in similar_pairs(texts, NEAR_DUPLICATE):
        same_words = folded(texts[first]) == folded(texts[second])
        same_author = _same(rows, first, second, "author")
        if not same_words and (same_author or not _same(rows, first, second, "intent")):
            continue  # an author stands whole on one side of every split
        is_twin = not _same(rows, first, second, "last_outbound")
        if is_twin and (same_author or needs_context(texts[second])):
            continue
        yield first, second, similarity


def _same(rows: Sequence[Record], first: int, second: int, name: str) -> bool:
    return bool(rows[first].fields.get(name) == rows[second].fields.get(name))


def check_overlap(rows: Sequence[Record], against: Sequence[Record]) -> Iterator[Finding]:
    """Refuse whatever is like a text of the evaluation file."""
    if not against:
        return
    texts = [str(row.fields["text"]) for row in rows]
    judged = [str(row.fields.get("text", "")) for row in against]
    for position, other, similarity in similar_pairs(texts, NEAR_DUPLICATE, against=judged):
        yield Finding(
            rows[position].place, "overlap", f"{similarity:.2f} like {against[other].place}"
        )
