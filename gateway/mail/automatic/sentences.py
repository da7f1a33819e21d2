"""Read one sentence of a possible notice: which jobs it does, how many words are strange."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.mail.automatic.wording import UNSPACED, WORDINGS, Wording, languages_of
from gateway.mail.languages.notice_phrases import AFTER_NAMES, GREETINGS, OWN_CONTACT
from gateway.mail.languages.notice_unspaced import HONORIFICS, UNSPACED_GREETINGS
from gateway.mail.languages.signoffs import STRONG
from gateway.mail.patterns.evidence import ADDRESS, has_date
from gateway.mail.patterns.line_shape import PHONE, URL, contacts, is_name

MAX_STRANGERS = 2
ELSEWHERE = "elsewhere"
"""The move of a sentence that gives the address or number of somebody else to ask."""
_WORDS_A_STRANGER = 4  # so many words stand in a sentence for each that no notice uses
_MAX_NAMES = 4
_CLOSING_LINES = 5
_NAMING = frozenset(("contact", "left", "received"))  # moves that name somebody
# A day's number, an initial and a title end in a stop as well. The mark stands first, so that the
# many looks behind are taken at marks only.
_BREAK = re.compile(
    r"[.!;…](?<!\D\d.)(?<!\D\d\d.)(?<!\b[A-Za-zÀ-ÿ].)(?<!\bM[rs].)(?<!\b[DF]r.)(?<!\bMrs.)"
    r"(?<!\bext.)(?<!\b[Tt]el.)(?<!\bSr.)(?<!\bSra.)[.!;…]*(?=\s|$)|[。！；]"
)
_WRAPPED = re.compile(r"\n(?<=[^\n]{40}[\w,]\n)(?=[a-zà-ÿ\d(])")
_GREETS_UNSPACED = re.compile(UNSPACED_GREETINGS)
_HONORIFIC = re.compile(HONORIFICS)
_MAX_GREETING = 25
_DIGIT = re.compile(r"\d")
_LONG_NUMBER = re.compile(r"\d{7}")
_OWN_CONTACT = re.compile(OWN_CONTACT)
_CONTACTS = frozenset(("contact", "contact_nobody"))
_TOKEN = re.compile(r"[^\W_]+")
_SHORT_DATE = re.compile(r"(?<!\d)[0-3]?\d[./-] ?[01]?\d(?!\d)")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Reading:
    """What a sentence does, and how many of its words notices do not use, names aside."""

    moves: frozenset[str]
    strangers: int = 0


_COURTESY = Reading(frozenset())


def sentences(text: str) -> Iterator[str]:
    """Yield sentences; a line ends one unless it is long and the next goes on in small letters."""
    joined = _WRAPPED.sub(" ", text)
    for line in joined.split("\n"):
        start = 0
        for match in _BREAK.finditer(line):
            if line[start : match.start()].strip(" .*_-–—•|#()"):
                yield line[start : match.end()].strip()
            start = match.end()
        if line[start:].strip(" .*_-–—•|#()"):
            yield line[start:].strip()


def read(sentence: str, place: int, count: int) -> Reading | None:
    """Read the sentence at `place` of `count`; None if no notice would hold it."""
    plain = _without_contacts(sentence)
    bare = " ".join(plain.lower().replace("’", "'").replace("‘", "'").split())
    if _UNSPACED.search(bare):
        found = _read_unspaced(bare, plain != sentence)
        return _located(found, bare, plain != sentence) if found else None
    words = _words(plain)
    reading = _read_spaced(sentence, words, plain, bare)
    if reading is not None:
        return _located(reading, bare, plain != sentence)
    if {word.lower() for word in words} <= GREETINGS or (place == 0 and _greets(words)):
        return _COURTESY
    if place >= count - _CLOSING_LINES and place > 0 and _closes(sentence, plain):
        return _COURTESY
    if place > 0 and contacts(sentence) and all(map(_capital, words)) and len(words) <= _MAX_NAMES:
        return Reading(frozenset(("contact",)))
    return None


def _without_contacts(sentence: str) -> str:
    """Take addresses, numbers and links out; their marks are looked for first, which is quick."""
    plain = ADDRESS.sub(" ", sentence) if "@" in sentence else sentence
    plain = PHONE.sub(" ", plain) if _DIGIT.search(plain) else plain
    return URL.sub(" ", plain) if "." in plain[:-1] or "/" in plain else plain


def _read_spaced(sentence: str, words: list[str], plain: str, bare: str) -> Reading | None:
    """Read it in the language in which the fewest words are strange, and something is done."""
    masks = _masks(words)
    allowed = min(MAX_STRANGERS, len(words) // _WORDS_A_STRANGER)
    best: Reading | None = None
    for wording in WORDINGS:
        strangers = _strangers(masks, wording)
        if strangers and wording.phrases and wording.phrases.search(bare):
            strangers = _strangers(_masks(_words(wording.phrases.sub(" ", plain))), wording)
        if strangers > allowed or (best is not None and strangers > best.strangers):
            continue
        moves = wording.moves_in(bare)
        if moves:
            same = best.moves if best and best.strangers == strangers else frozenset()
            known = _weighed(moves, bare, plain != sentence or _names(masks, wording) > 0)
            best = Reading(known | same, strangers)
    return best


def _masks(words: list[str]) -> tuple[list[int], list[int]]:
    """Return the languages of each word that is no name, and of each that may be one."""
    plain: list[int] = []
    capitals: list[int] = []
    for place, word in enumerate(words):
        named = _capital(word) and (place or _opens_with_name(words))
        (capitals if named else plain).append(languages_of(word.lower()))
    return plain, capitals


def _strangers(masks: tuple[list[int], list[int]], wording: Wording) -> int:
    """Count the words that are not the language's, up to one too many; names are free."""
    bit, strangers = wording.bit, 0
    for mask in masks[0]:
        if not mask & bit:
            strangers += 1
            if strangers > MAX_STRANGERS:
                return strangers
    return strangers + max(_names(masks, wording) - wording.names, 0)


def _names(masks: tuple[list[int], list[int]], wording: Wording) -> int:
    return sum(not mask & wording.bit for mask in masks[1])


def _opens_with_name(words: list[str]) -> bool:
    """Tell a name by what follows it, since the first word has a capital anyway."""
    return len(words) > 1 and (_capital(words[1]) or words[1] in AFTER_NAMES)


def _words(plain: str) -> list[str]:
    return [word for word in _TOKEN.findall(plain) if not _neutral(word)]


def _read_unspaced(bare: str, has_detail: bool) -> Reading | None:
    for wording in UNSPACED:
        leftover = wording.leftover(bare)
        if leftover > _MAX_NAMES:
            continue
        moves = wording.moves_in(bare)
        named = has_detail or (leftover > 0 and _HONORIFIC.search(bare) is not None)
        if moves and (not leftover or (named and moves & _NAMING)):
            return Reading(_weighed(moves, bare, named))
    return _COURTESY if _GREETS_UNSPACED.search(bare) and len(bare) < _MAX_GREETING else None


def _weighed(moves: set[str], bare: str, has_detail: bool) -> frozenset[str]:
    """Add a move for a date, and drop whom to ask where nobody is named."""
    moves = moves | _dated(moves, bare)
    if "contact" in moves and not has_detail:
        moves = moves - {"contact"} | {"contact_nobody"}
    return frozenset(moves)


def _located(reading: Reading, bare: str, has_address: bool) -> Reading:
    """Add a move for the address or number of whom to ask, unless it is the author's own."""
    asks_elsewhere = not reading.moves.isdisjoint(_CONTACTS)
    if not asks_elsewhere or not (has_address or _LONG_NUMBER.search(bare)):
        return reading
    if _OWN_CONTACT.search(bare):
        return reading
    return Reading(reading.moves | {ELSEWHERE}, reading.strangers)


def _dated(moves: set[str], bare: str) -> set[str]:
    if not moves & {"absent", "back", "left"}:
        return set()
    return {"dated"} if has_date(bare) or _SHORT_DATE.search(bare) else set()


def _neutral(word: str) -> bool:
    return any(map(str.isdigit, word[:4])) or word[-1].isdigit()


def _capital(word: str) -> bool:
    return word[0].isupper()


def _greets(words: list[str]) -> bool:
    return (
        bool(words)
        and words[0].lower() in GREETINGS
        and all(_capital(word) or word.lower() in GREETINGS for word in words)
        and len(words) <= 5
    )


def _closes(sentence: str, plain: str) -> bool:
    """Tell a closing formula with a name or without, a name, or a contact line at the end."""
    line = sentence.strip(" ,.!-–—|*")
    words = line.split()
    for count in range(len(words), 0, -1):
        if " ".join(words[:count]).lower().strip(" ,.!") in STRONG:
            return all(map(_capital, words[count:])) and len(words) - count <= _MAX_NAMES
    return (len(words) > 1 and is_name(line)) or not plain.strip(" ,.:;-–—|/()<>[]*+")
