"""Tell charsets that are taken for each other: ISO 8859 and Windows, KOI8 and Windows Cyrillic."""

from __future__ import annotations

import codecs
import re
from functools import cache

from gateway.mail.message.guess import cyrillic_likelihood, letters_of

# By the canonical names of codecs; the first that reads the bytes better is taken.
_SIBLINGS = {
    "iso8859-2": ("cp1250",), "cp1250": ("iso8859-2",), "iso8859-16": ("cp1250",),
    "iso8859-1": ("cp1254",), "iso8859-15": ("cp1252", "cp1254"), "iso8859-14": ("cp1252",),
    "cp1252": ("iso8859-15", "cp1254"),
    "iso8859-10": ("cp1257",), "iso8859-13": ("cp1257",), "iso8859-4": ("cp1257",),
    "iso8859-3": ("cp1254",), "iso8859-7": ("cp1253",), "iso8859-8": ("cp1255",),
    "iso8859-6": ("cp1256",), "iso8859-5": ("cp1251", "koi8-u", "cp866"),
    "cp1251": ("koi8-u", "iso8859-5", "cp866"), "koi8-r": ("cp1251", "iso8859-5", "cp866"),
    "koi8-u": ("cp1251", "iso8859-5", "cp866"), "cp866": ("cp1251", "koi8-u", "iso8859-5"),
}  # fmt: skip
_CYRILLIC = frozenset(("iso8859-5", "cp1251", "koi8-r", "koi8-u", "cp866"))
_CONTROL = re.compile("[\x80-\x84\x86-\x9f]")
# Signs that no word holds or ends with, one that nobody types, and a capital inside a word.
_ASTRAY = re.compile(
    "(?<=[^\\W\\d_])[±¶¬¦¨¸¼½¾¯¹](?=[^\\W\\d_])|(?<=[a-zß-ž])[±¶¬¦¨¸¼½¾¯]|¤"
    "|(?<=[a-zß-öø-ž])[A-ZÀ-ÖØ-Þ](?=[a-zß-ž])|[\x80-\x84\x86-\x9f]"
)
_WORD = re.compile(r"\S+")
_SAMPLE = 4_000
_CYRILLIC_MARGIN = 0.35


def better_sibling(data: bytes, text: str, codec: str) -> str | None:
    """Return `data` read by a sibling of its label `codec` that reads it better, or None.

    `text` is `data` read by the label. Controls of ISO 8859, which no mail holds, speak against it,
    and letters of another language or signs inside of words.
    """
    name = _canonical(codec)
    siblings = _SIBLINGS.get(name, ())
    if name in _CYRILLIC:
        return _better_cyrillic(data, text, siblings)
    for sibling in siblings:
        other = _read(data, sibling)
        if other is None or other == text:
            continue
        if _CONTROL.search(text[:_SAMPLE]) is not None:
            return other
        if _votes(text[:_SAMPLE], other[:_SAMPLE]) > 0:
            return other
    return None


@cache
def _canonical(codec: str) -> str:
    try:
        return codecs.lookup(codec).name
    except LookupError:
        return codec


def _read(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except UnicodeError:
        return None


def _better_cyrillic(data: bytes, text: str, siblings: tuple[str, ...]) -> str | None:
    best, score = None, cyrillic_likelihood(text[:_SAMPLE]) + _CYRILLIC_MARGIN
    for sibling in siblings:
        other = _read(data, sibling)
        points = cyrillic_likelihood(other[:_SAMPLE]) if other is not None else 0.0
        if points > score:
            best, score = other, points
    return best


def _votes(text: str, other: str) -> int:
    """Count the words that only `other` reads well, less those that only `text` does."""
    votes = 0
    language, its_language = letters_of(text), letters_of(other)
    for match in _WORD.finditer(text):
        word, its = match.group(), other[match.start() : match.end()]
        if word != its:
            votes += _is_well(its, its_language) - _is_well(word, language)
    return votes


def _is_well(word: str, language: frozenset[str]) -> bool:
    """Whether `word` can be one of the language that is written with these letters."""
    if _ASTRAY.search(word) is not None:
        return False
    return all(c in language for c in word.lower() if c > "\x7f" and c.isalpha())
