"""What does a subject announce? Machines' openings, behind gateway tags, never behind "Re:"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.mail.automatic.auto_reply import asks
from gateway.mail.languages.autoreply import REPLY_PREFIXES, SUBJECT_TAGS
from gateway.mail.languages.subjects import EXACT, LIKELY_SUBJECTS, SURE_SUBJECTS

_MAX_CHARS = 300
_MAX_TAGS = 4
_PREFIX = re.compile(r"([^\W\d_]{1,8})(?:\[\d{1,3}\]|\(\d{1,3}\))? ?[:：]")
_TAG = re.compile(
    r"(?:[\[({<【*]{1,4} ?([^\])}>】*\[({]{1,40}?) ?[\])}>】*]{1,4}|([^:：\[({]{2,24}?)(?=[:：]))"
    r" ?[:：\-–]? ?"
)
_TICKET = re.compile(r"#? ?[a-z]{0,8}[ \-#:]{0,2}\d{3,12}")
_MARKS = (":", "：", "-", "–", "—", "(", "|", "！", "!", "[", "（")
_COLONS = (":", "：")
_UNTIL = re.compile(r" (?:until|till|bis|vom|from|\d|hasta|jusqu|tot|fino|até|till|om|t/m)")


@dataclass(frozen=True)
class Announcement:
    """The kind of machine mail that a subject announces.

    `sure` if people never write it so: the program's opening, its colon, and behind it the
    thread's subject, no question.
    """

    kind: str
    sure: bool


def announcement(subject: str) -> Announcement | None:
    """Return what the subject announces, or None; behind a reply's prefix it is the thread's."""
    text = untagged(subject)
    if not text or _is_reply(text):
        return None
    for kind, opening in _OPENINGS.candidates(text, sure=True):
        rest = text[len(opening) :]
        if _ends(rest, opening):
            return Announcement(kind, _is_sure(rest, opening))
    for kind, opening in _OPENINGS.candidates(text, sure=False):
        if _ends_well(opening, text[len(opening) :]):
            return Announcement(kind, False)
    return None


def untagged(subject: str) -> str:
    """Return the subject in small letters without what mail gateways put before it."""
    text = " ".join(subject[:_MAX_CHARS].split()).lower()
    for _ in range(_MAX_TAGS):
        match = _TAG.match(text)
        if match is None:
            break
        inner = (match.group(1) or match.group(2)).strip(" *_-#!.")
        ticket = match.group(1) is not None and _TICKET.fullmatch(inner)
        if inner not in SUBJECT_TAGS and not ticket:
            break
        text = text[match.end() :].lstrip(" :：-–")
    return text


def _is_reply(text: str) -> bool:
    match = _PREFIX.match(text)
    return match is not None and match.group(1) in REPLY_PREFIXES


class _Openings:
    """All openings by their first two characters, in the order that they are listed in."""

    def __init__(
        self, sure: Mapping[str, Iterable[str]], likely: Mapping[str, Iterable[str]]
    ) -> None:
        self._sure, self._likely = self._index(sure), self._index(likely)

    def candidates(self, text: str, *, sure: bool) -> list[tuple[str, str]]:
        index = self._sure if sure else self._likely
        return [pair for pair in index.get(text[:2], ()) if text.startswith(pair[1])]

    @staticmethod
    def _index(listed: Mapping[str, Iterable[str]]) -> dict[str, list[tuple[str, str]]]:
        index: dict[str, list[tuple[str, str]]] = {}
        for kind, openings in listed.items():
            for opening in openings:
                index.setdefault(opening[:2], []).append((kind, opening))
        for pairs in index.values():
            pairs.sort(key=lambda pair: -len(pair[1]))
        return index


_OPENINGS = _Openings(SURE_SUBJECTS, LIKELY_SUBJECTS)


def _is_sure(rest: str, opening: str) -> bool:
    """Check for the program's colon; without it, or before a question, a person may speak."""
    has_colon = opening[-1] in _COLONS or rest.lstrip().startswith(_COLONS)
    return has_colon and not asks(rest)


def _ends(rest: str, opening: str) -> bool:
    """Check that an opening ends: nothing, a mark or, in unspaced scripts, anything follows."""
    if opening[-1] in ":：)":
        return True
    rest = rest.lstrip()
    return (
        not rest or rest.startswith(_MARKS) or (not opening[-1].isascii() and opening[0] > "\u2e80")
    )


def _ends_well(opening: str, rest: str) -> bool:
    if opening[-1] in ":-–]：)":
        return True
    if rest and rest[0].isalpha() and opening[-1].isascii():
        return False
    if opening in EXACT:
        return not rest or rest.lstrip().startswith(_MARKS) or _UNTIL.match(rest) is not None
    return True
