"""Find whom a denial of somebody else points to: "not Tom but Mia", "I'm not the one. Mia is."."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.mail.languages.contrasts import (
    BUTS,
    COMPETENCE,
    DENIALS,
    DOES,
    ENDINGS,
    IS_IT,
    LEADS,
    LEGAL_FORMS,
    REACHES,
    SELVES,
    THAT_IS,
)
from gateway.mail.languages.firstnames import FIRST_NAMES
from gateway.mail.languages.referral import TITLES

_BEFORE = 70  # characters in which the denial stands
_BUT = f"(?:{'|'.join(BUTS)})"
_ANY_BUT = tuple(f" {but} " for but in BUTS)
_MARKS = " .,;:!?)*\n"
_LAST = 60  # characters of a sentence in which it says "Mia is"
_DENIED = re.compile(rf"(?<![\w']){DENIALS}(?!\w)|n't\b", re.IGNORECASE)
_DOES = re.compile(rf" {DOES}(?!\w)")
_REACHES = re.compile(rf"\b{REACHES}", re.IGNORECASE)
_TITLE = re.compile(f"{TITLES} ")
_INCOMPETENT = re.compile(rf"\b{COMPETENCE}(?!\w)", re.IGNORECASE)
_WRONG = re.compile(
    r"\b(?:wrong|falsche\w*|mauvaise|equivocada|sbagliata|verkeerde|errada|fel)\b", re.I
)


class Contrasts:
    """Reads denials; `name` and `token` are the patterns of a whole name and of one word of it."""

    def __init__(self, name: str, token: str) -> None:
        who = r"(?: (?i:who|that|der|die|das|qui|que|quien|che|quem|som) [^.,;!?\n]{1,30})?"
        self._but = re.compile(
            rf"(?<![\w@.])(?:(?P<self>(?i:{SELVES}))|(?P<denied>{name})){who},? (?i:{_BUT})"
            rf" (?:(?i:{LEADS}) ){{0,4}}(?P<meant>{name})"
            r"(?![\w@]|\.\w)"
        )
        self._is_it = re.compile(
            rf"(?:^|[,;:–-] ?|(?i:{_BUT}) )\W*(?:(?i:{THAT_IS}) ({name})|({name}) (?i:{IS_IT}))\W*$"
        )
        forms = "|".join(re.escape(form) for form in sorted(LEGAL_FORMS, key=len, reverse=True))
        self._firm = re.compile(
            rf"(?: (?:&|(?i:and|und|et|y|e|en)) {token}(?: {token})?)?,? (?i:{forms})\b"
        )

    def names(self, text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
        """Yield the names of one sentence that stand in the place of somebody denied."""
        sentence = text[start:end]
        if any(but in sentence for but in _ANY_BUT):
            for match in self._but.finditer(text, start, end):
                before = text[max(start, match.start() - _BEFORE) : match.start()]
                denied = f"{before}{match.group()}"
                if _DENIED.search(denied) and _is_person(match, before):
                    yield match.start("meant"), match["meant"]
        last = sentence.rstrip(_MARKS).rpartition(" ")[2]
        if not last[:1].isupper() and last.lower() not in ENDINGS:
            return
        named = self._is_it.search(sentence, max(0, len(sentence) - _LAST))
        if named is not None:
            group = 1 if named.group(1) else 2
            place = start + named.start(group)
            if self._is_denied(text[max(0, place - 2 * _BEFORE) : place]):
                yield place, named.group(group)

    def is_firm(self, text: str, place: int, name: str) -> bool:
        """Whether the name, or what goes on behind it, ends as a firm's name does."""
        words = name.split(" ")
        if len(words) > 1 and words[-1].lower().strip(".,").replace(".", "") in LEGAL_FORMS:
            return True
        return self._firm.match(text, place + len(name)) is not None

    def _is_denied(self, before: str) -> bool:
        """Whether `before` says of somebody that he is not in charge."""
        competence = _INCOMPETENT.search(before)
        if competence is None:
            return False
        return _DENIED.search(before) is not None or _WRONG.search(before) is not None


def _is_person(match: re.Match[str], before: str) -> bool:
    """Whether the denied one is a person, or the one meant: firms and things are chosen too."""
    if match["self"] or _REACHES.search(before) or " " in match["meant"]:
        return True
    if _DOES.match(match.string, match.end()) is not None:
        return True
    names = (match["denied"], match["meant"])
    first = {name.split(" ")[0].lower().strip(".") for name in names}
    return not first.isdisjoint(FIRST_NAMES) or any(_TITLE.match(name) for name in names)
