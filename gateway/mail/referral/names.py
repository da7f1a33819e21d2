"""Find the names in a sentence: behind cues, before doings, beside roles, addresses, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from gateway.mail.languages.contrasts import NO_PERSONS
from gateway.mail.languages.firstnames import FIRST_NAMES
from gateway.mail.languages.referral import (
    KIN,
    NAMED_DOES,
    NOT_NAMES,
    POINTS_TO,
    ROLES,
    TITLES,
)
from gateway.mail.patterns.alternation import alternation
from gateway.mail.referral.contrasts import Contrasts
from gateway.mail.referral.implicit_names import echoed_name, small_names
from gateway.mail.referral.offices import ROLE, TEAM, roles_in

CAPITAL = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĪİŁŃŇŌŐŘŚŞŠŢŤŪŮŰŹŻŽ]"
TOKEN = rf"(?:{CAPITAL}[\w'’\-]{{1,20}}|{CAPITAL}\.(?= {CAPITAL}))"
_PARTICLE = r"(?:(?:van|von|de|der|den|da|di|del|la|le|ter|bin|al) ){0,2}"
_NAME = rf"(?:{TITLES} )?{TOKEN}(?: {_PARTICLE}{TOKEN}){{0,2}}"


_MAX_MATCHES = 6  # of one pattern in one sentence
_CAPITALS = re.compile(rf"{CAPITAL}[\w'’\-]*")
_NAME_START = re.compile(rf"{CAPITAL}(?<![\w@.].)")  # where the patterns for a name may match
_DIGIT = re.compile(r"\d")
CUE = re.compile(rf"(?<!\w)(?:{alternation(POINTS_TO, ignore_case=True)}) (?=[^\s])")
_CUED_NAME = re.compile(
    rf"(?:(?i:our|my|the|his|her|a|colleague|to|both|directly|with) ){{0,3}}({_NAME})(?!\w|[@.]\w)"
)
_JOINED = re.compile(
    rf"(?: (?:in|from|at) (?:the |our )?[\w&\-]{{2,20}})?(?: and | & | or |, )({_NAME})"
    r"(?!\w|[@.]\w)"
)
NAMED = re.compile(rf"(?<![\w@.])({_NAME})(?![\w@]|\.\w)")
_APPOSED = re.compile(
    rf"(?<!\w)(?i:our|my|the|his|her) ((?:[\w&’'\-]{{2,20}} ){{0,3}}[\w&’'\-]{{2,20}}),?"
    rf" ({_NAME})(?![\w@])"
)
_PLACE = r"(?: (?:in|at|on|from|over at|over in) (?:the |our )?[\w&’'\-]+(?: [\w&’'\-]+){0,2}?)?"
_DOER = re.compile(
    rf"(?<![\w@.])(?<!\bin )(?<!\bat )(?<!\bof )(?<!\bfrom )(?<!\bfor )({_NAME})"
    rf"(?:,? [^,.;\n]{{1,50}},)?{_PLACE} ?(?:{alternation(NAMED_DOES)})(?!\w)"
)
_TITLED = re.compile(
    rf"(?<![\w@.])({_NAME})(?:, (?:the |our |my )?| \()(?={'|'.join(f'(?i:{r})' for r in ROLES)})"
)
_REACHED = re.compile(
    rf"(?<![\w@.])({_NAME})(?:,? (?:on|at)? ?\(?|[:(] ?\(?)"
    r"(?=[\w.+\-]{1,64}@|[+(]?\d[\d ().\-]{6,20})"
)
_IT_IS = re.compile(
    rf"(?<!\w)(?i:it's|it’s|that's|that’s|thats|that is|it is) ({_NAME})"
    r"(?= (?:in|from|our|my|over)\b|, (?:in|our|my|the|s?he)\b)"
)
_IS_NAME = re.compile(rf"(?: (?:here|there|now))? (?:is|:) ({_NAME})(?!\w|[@.]\w)")
_NAME_COMMA = re.compile(rf"(?<![\w@.])({_NAME})(?:, | \()(?i:our|my|the|his|her) ")
_MENTION = re.compile(rf"(?:^|(?<=\s))[@+] ?({_NAME})")
# The author will ask somebody himself: nobody was pointed to.
CONSULTS = re.compile(
    r"\b(?:let me|lemme|i'?ll|i’ll|i will|i need to|i have to|i must|i want to|we'll|we will"
    r"|we need to)"
    r"(?: first| just| also| have to)? (?:check|speak|talk|ask|run|discuss|consult|see|go)\b",
    re.IGNORECASE,
)
_CONTRASTS = Contrasts(_NAME, TOKEN)
_WORKS_IN = re.compile(rf"(?<![\w@.])({TOKEN}) (?i:in|from|at|over in) (?i:the |our )?$")


def names_in(
    text: str,
    sentence: tuple[int, int],
    cues: Sequence[re.Match[str]],
    ignored: frozenset[str],
    addresses: Sequence[tuple[str, int]],
) -> Iterator[tuple[int, str]]:
    """Yield the names of one sentence and their places; `addresses` may repeat a name."""
    start, end = sentence
    seen: set[int] = set()
    echoes = (echoed_name(text, value, place, NAMED) for value, place in addresses)
    candidates = [*_candidates(text, start, end, cues), *filter(None, echoes)]
    candidates += small_names(text, start, end, CUE)
    trimmed = [_trimmed(place, name) for place, name in candidates]
    # The longest reading of the same words wins ("Lena Ortiz" over "Ortiz").
    for place, name in sorted(trimmed, key=lambda pair: -len(pair[1])):
        first = name.split(" ")[0].lower().strip(".,")
        if TEAM.fullmatch(name) or ROLE.fullmatch(name):
            continue
        if (
            not name
            or place in seen
            or _is_department(text, start, place)
            or (name.isupper() and len(name) > 1 and " " not in name)
        ):
            continue
        if _CONTRASTS.is_firm(text, place, name):
            continue
        if name.lower() in ignored or first in ignored or len(name) < 2:
            continue
        seen.update(range(place, place + len(name)))
        yield place, text[place : place + len(name)]


def _is_department(text: str, start: int, place: int) -> bool:
    """Whether the word at `place` says where somebody named right before works ("Lena in Ops")."""
    match = _WORKS_IN.search(text[max(start, place - 60) : place])
    return match is not None and not is_no_name(match.group(1))


def _trimmed(place: int, name: str) -> tuple[int, str]:
    """Take off words at either end that are no part of a name ("Copying", "Our", "Tuesday")."""
    for ending in ("'s", "’s", "'", "’", "-"):
        name = name.removesuffix(ending)
    words = name.split(" ")
    while words and is_no_name(words[0]) and not (len(words) > 1 and _TITLE_WORD.match(words[0])):
        place += len(words.pop(0)) + 1
    while words and is_no_name(words[-1]):
        words.pop()
    return place, " ".join(words)


def is_no_name(word: str) -> bool:
    """Whether `word`, though it has a capital, is a plain word, a product or a machine."""
    return word.lower().replace("’", "'").split("'")[0].strip(".,") in _NO_NAMES


def _candidates(
    text: str, start: int, end: int, cues: Sequence[re.Match[str]]
) -> Iterator[tuple[int, str]]:
    """Yield what may be a name; only patterns for which the sentence has the marks are tried."""
    sentence = text[start:end]
    opening = start + len(sentence) - len(sentence.lstrip())
    capitals = list(_CAPITALS.finditer(text, start, end))
    last = next((m for m in reversed(capitals) if not is_no_name(m.group())), None)
    if last is None:
        return
    if last.start() > opening:
        yield from _introduced(text, start, end, cues)
    yield from _CONTRASTS.names(text, start, end)
    patterns = [_DOER]
    patterns += [_NAME_COMMA, _TITLED] if "," in sentence or "(" in sentence else []
    patterns += [_REACHED] if "@" in sentence or _DIGIT.search(sentence) else []
    starts = [match.start() for match in _NAME_START.finditer(text, start, end)]
    for pattern in patterns:
        for match in islice(_matches(pattern, text, starts, end), _MAX_MATCHES):
            yield match.start(1), match.group(1)
    if "@" in sentence or "+" in sentence:
        for match in islice(_MENTION.finditer(text, start, end), _MAX_MATCHES):
            yield match.start(1), match.group(1)


def _matches(
    pattern: re.Pattern[str], text: str, starts: Sequence[int], end: int
) -> Iterator[re.Match[str]]:
    """Yield what `pattern.finditer` yields, tried only where one of `starts` lies."""
    stop = 0
    for start in starts:
        match = pattern.match(text, start, end) if start >= stop else None
        if match is not None:
            stop = match.end()
            yield match


def _introduced(
    text: str, start: int, end: int, cues: Sequence[re.Match[str]]
) -> Iterator[tuple[int, str]]:
    """Yield the names that stand behind a cue, a role or "it is"."""
    for cue in cues[:10]:
        if CONSULTS.search(text[max(start, cue.start() - 30) : cue.end()]):
            continue
        match = _CUED_NAME.match(text, cue.end(), end)
        if match:
            yield match.start(1), match.group(1)
            joined = _JOINED.match(text, match.end(), end)
            if joined:
                yield joined.start(1), joined.group(1)
    for match in list(_APPOSED.finditer(text, start, end))[:6]:
        if ROLE.search(match.group(1)) or match.group(1).lower() in KIN:
            place = _first_name(match)
            yield place, text[place : match.end(2)]
    for match in list(_IT_IS.finditer(text, start, end))[:6]:
        yield match.start(1), match.group(1)
    for match in list(_IS_NAME.finditer(text, start, end))[:6]:
        before = text[max(start, match.start() - 40) : match.start()]
        if any(role.end() == len(before) for role in roles_in(before, 0, len(before))):
            yield match.start(1), match.group(1)


def _first_name(apposed: re.Match[str]) -> int:
    """Return where a name begins of which the words before it hold a part ("our CFO Tom Lee")."""
    lead, _, word = apposed.group(1).rpartition(" ")
    is_apart = apposed.string[apposed.end(1)] != " "
    if is_apart or not lead or not word[:1].isupper() or not word[1:].islower():
        return apposed.start(2)
    behind = ROLE.search(lead) is not None
    is_name = word.lower() in FIRST_NAMES or (behind and not is_no_name(word))
    return apposed.end(1) - len(word) if is_name else apposed.start(2)


_NO_NAMES = NOT_NAMES | NO_PERSONS
_TITLE_WORD = re.compile(TITLES + "$")
