"""Find what may point to somebody: names by cue and capitals, addresses, numbers, offices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway.mail.languages.referral import (
    KIN,
    NAMED_DOES,
    NOT_NAMES,
    POINTS_TO,
    ROLES,
    TEAMS,
    TITLES,
)
from gateway.mail.patterns.alternation import alternation
from gateway.mail.patterns.line_shape import PHONE
from gateway.mail.referral.implicit_names import echoed_name, small_names
from gateway.mail.referral.refusals import is_robot, without_refused

_CAP = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĪİŁŃŇŌŐŘŚŞŠŢŤŪŮŰŹŻŽ]"
_TOKEN = rf"(?:{_CAP}[\w'’\-]{{1,20}}|{_CAP}\.(?= {_CAP}))"
_PARTICLE = r"(?:(?:van|von|de|der|den|da|di|del|la|le|ter|bin|al) ){0,2}"
_NAME = rf"(?:{TITLES} )?{_TOKEN}(?: {_PARTICLE}{_TOKEN}){{0,2}}"


CUE = re.compile(rf"(?<!\w)(?:{alternation(POINTS_TO, ignore_case=True)}) (?=[^\s])")
_CUED_NAME = re.compile(
    rf"(?:(?i:our|my|the|his|her|a|colleague|to|both|directly|with) ){{0,3}}({_NAME})(?!\w|[@.]\w)"
)
_JOINED = re.compile(
    rf"(?: (?:in|from|at) (?:the |our )?[\w&\-]{{2,20}})?(?: and | & | or |, )({_NAME})"
    r"(?!\w|[@.]\w)"
)
_NAMED = re.compile(rf"(?<![\w@.])({_NAME})(?![\w@]|\.\w)")
_APPOSED = re.compile(
    rf"(?<!\w)(?i:our|my|the|his|her) ((?:[\w&’'\-]{{2,20}} ){{0,3}}[\w&’'\-]{{2,20}}),?"
    rf" ({_NAME})(?![\w@])"
)
_PLACE = r"(?: (?:in|at|on|from|over at|over in) (?:the |our )?[\w&’'\-]+(?: [\w&’'\-]+){0,2}?)?"
_DOER = re.compile(
    rf"(?<![\w@.])(?<!\bin )(?<!\bat )(?<!\bof )(?<!\bfrom )(?<!\bfor )({_NAME})"
    rf"(?:,? [^,.;\n]{{1,50}},)?{_PLACE} ?(?:{'|'.join(NAMED_DOES)})(?!\w)"
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
_EMAIL = re.compile(r"(?<![\w.+\-=&%~$#!*/])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_SPELLED = re.compile(
    r"([\w.+\-]{1,40})(?: at | ?[\[(]at[\])] ?| ?\(a\) ?)([\w\-]{1,40})"
    r"(?: dot | ?[\[(]dot[\])] ?| \. )([a-z]{2,10})\b",
    re.IGNORECASE,
)
# The author will ask somebody himself: nobody was pointed to.
CONSULTS = re.compile(
    r"\b(?:let me|lemme|i'?ll|i’ll|i will|i need to|i have to|i must|i want to|we'll|we will"
    r"|we need to)"
    r"(?: first| just| also| have to)? (?:check|speak|talk|ask|run|discuss|consult|see|go)\b",
    re.IGNORECASE,
)
_SHORT = 60  # characters of a sentence that may be a number and little else
_EXTENSION = re.compile(r"\b(?:ext(?:ension)?\.?|x) ?\d{2,6}\b", re.IGNORECASE)
ROLE = re.compile("|".join(f"(?i:{role})" if role[:2] != r"\b" else role for role in ROLES))
TEAM = re.compile("|".join(TEAMS), re.IGNORECASE)
_LABEL = re.compile(rf"^({_CAP}[\w &/\-]{{1,40}}): ?$")
_GREETING = re.compile(
    rf"^\s*(?:hi|hello|hey|dear|hallo|bonjour|hola|morning|good \w+),? ({_CAP}\w+)", re.IGNORECASE
)
_OWN = re.compile(
    r"\b(?:my|(?<!not )me|mine|i'm|reach me|meine|mich|mon|mi|mijn)\b([^.]{0,25})$", re.IGNORECASE
)
_WORKS_IN = re.compile(rf"(?<![\w@.])({_TOKEN}) (?i:in|from|at|over in) (?i:the |our )?$")
_SOMEBODY = re.compile(rf"(?<!\w){_TOKEN} ")


@dataclass(frozen=True)
class Sender:
    """Who wrote the mail, as its From header says; empty where unknown."""

    name: str = ""
    email: str = ""
    names: frozenset[str] = field(init=False, default=frozenset())

    def __post_init__(self) -> None:
        full = " ".join(self.name.replace(",", " ").lower().split())
        known = {full, full.split(" ")[0]} if full and "@" not in full else set()
        object.__setattr__(self, "names", frozenset(name for name in known if len(name) > 1))


@dataclass(frozen=True)
class Find:
    """One piece of a referral with its place in the text."""

    kind: str
    value: str
    start: int
    end: int


def finds_in(
    text: str, start: int, end: int, ignored: frozenset[str], sender: Sender, own: Sequence[str]
) -> Iterator[Find]:
    """Names, addresses, numbers, roles and offices of one sentence, by place."""
    addresses = list(_emails(text, start, end, sender, own))
    ignored |= _our_names(text, start, end, sender, own)
    cues = list(CUE.finditer(text, start, end))
    found = [*_names(text, (start, end), cues, ignored, addresses), *addresses]
    pointing = bool(found or cues)
    if pointing or end - start < _SHORT:
        found += _numbers(text, start, end)
    if pointing:
        offices = list(_offices(text, start, end))
        found += [office for office in offices if not _inside(office, [*found, *offices])]
    yield from sorted(without_refused(text, start, end, found), key=lambda find: find.start)


def _inside(office: Find, found: Sequence[Find]) -> bool:
    """Whether the words belong to an address ("procurement@..."), a role, or around a name."""
    return any(
        f.start <= office.start and office.end <= f.end
        for f in found
        if f.kind == "email" or (f.kind == "role" and office.kind == "team")
    ) or any(
        office.start <= f.start and f.end <= office.end
        for f in found
        if f.kind == "name" and office.kind == "team"
    )


def _names(
    text: str,
    sentence: tuple[int, int],
    cues: Sequence[re.Match[str]],
    ignored: frozenset[str],
    addresses: Sequence[Find],
) -> Iterator[Find]:
    start, end = sentence
    seen: set[int] = set()
    echoes = (echoed_name(text, find.value, find.start, _NAMED) for find in addresses)
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
        if name.lower() in ignored or first in ignored or len(name) < 2:
            continue
        seen.update(range(place, place + len(name)))
        yield Find("name", text[place : place + len(name)], place, place + len(name))


def _is_department(text: str, start: int, place: int) -> bool:
    """Whether the word at `place` says where somebody named right before works ("Lena in Ops")."""
    match = _WORKS_IN.search(text[max(start, place - 60) : place])
    return match is not None and not _no_name(match.group(1))


def _trimmed(place: int, name: str) -> tuple[int, str]:
    """Take off words at either end that are no part of a name ("Copying", "Our", "Tuesday")."""
    for ending in ("'s", "’s", "'", "’", "-"):
        name = name.removesuffix(ending)
    words = name.split(" ")
    while words and _no_name(words[0]) and not (len(words) > 1 and _TITLE_WORD.match(words[0])):
        place += len(words.pop(0)) + 1
    while words and _no_name(words[-1]):
        words.pop()
    return place, " ".join(words)


def _no_name(word: str) -> bool:
    return word.lower().replace("’", "'").split("'")[0].strip(".,") in NOT_NAMES


def _candidates(
    text: str, start: int, end: int, cues: Sequence[re.Match[str]]
) -> Iterator[tuple[int, str]]:
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
            yield match.start(2), match.group(2)
    for pattern in (_DOER, _NAME_COMMA, _MENTION, _TITLED, _REACHED, _IT_IS):
        for match in list(pattern.finditer(text, start, end))[:6]:
            yield match.start(1), match.group(1)
    for match in list(_IS_NAME.finditer(text, start, end))[:6]:
        before = text[max(start, match.start() - 40) : match.start()]
        if any(role.end() == len(before) for role in ROLE.finditer(before)):
            yield match.start(1), match.group(1)


_TITLE_WORD = re.compile(TITLES + "$")


def _emails(text: str, start: int, end: int, sender: Sender, own: Sequence[str]) -> Iterator[Find]:
    if "@" in text[start:end]:
        for match in _EMAIL.finditer(text, start, end):
            value = match.group().rstrip(".-_")
            if is_robot(value, text[start : match.start()]):
                continue
            if _foreign(value.lower(), sender, own) and not _own(text, start, match.start()):
                yield Find("email", value, match.start(), match.start() + len(value))
    spelled = "dot" in text[start:end].lower() or " . " in text[start:end]
    for match in _SPELLED.finditer(text, start, end) if spelled else ():
        value = f"{match.group(1)}@{match.group(2)}.{match.group(3)}"
        if _foreign(value.lower(), sender, own) and not _own(text, start, match.start()):
            yield Find("email", value, match.start(), match.end())


def _our_names(
    text: str, start: int, end: int, sender: Sender, own: Sequence[str]
) -> frozenset[str]:
    """Return the names beside addresses that are the asker's or the author's own."""
    if "@" not in text[start:end]:
        return frozenset()
    ours = [
        echoed_name(text, match.group(), match.start(), _NAMED)
        for match in _EMAIL.finditer(text, start, end)
        if not _foreign(match.group().lower().rstrip(".-_"), sender, own)
    ]
    names = [name.lower() for _, name in filter(None, ours)]
    return frozenset((*names, *(name.split(" ")[0] for name in names)))


def _own(text: str, start: int, spot: int) -> bool:
    """Whether the author calls what stands at `spot` his own ("my cell", not "my aide Ann Lee")."""
    match = _OWN.search(text[start:spot][-40:])
    if match is None:
        return False
    between = match.group(1)
    return not any(not _no_name(m.group().strip()) for m in _SOMEBODY.finditer(between))


def _foreign(address: str, sender: Sender, own: Sequence[str]) -> bool:
    domain = address.rpartition("@")[2]
    ours = any(domain == d.lower() or domain.endswith("." + d.lower()) for d in own)
    return not ours and address != sender.email


def _numbers(text: str, start: int, end: int) -> Iterator[Find]:
    for pattern in (PHONE, _EXTENSION):
        for match in pattern.finditer(text, start, end):
            digits = sum(c.isdigit() for c in match.group())
            own = _own(text, start, match.start())
            dated = re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", match.group())
            if (7 <= digits <= 15 or pattern is _EXTENSION) and not own and not dated:
                yield Find("phone", match.group().strip(), match.start(), match.end())


def _offices(text: str, start: int, end: int) -> Iterator[Find]:
    for kind, pattern in (("team", TEAM), ("role", ROLE)):
        for match in list(pattern.finditer(text, start, end))[:4]:
            yield Find(
                kind, match.group().strip(), match.start(), match.start() + len(match.group())
            )
    label = _LABEL.match(text[start:end].partition(":")[0] + ":")
    if label and "@" in text[start:end]:
        yield Find("team", label.group(1), start, start + len(label.group(1)))


def ignored_names(text: str, sender: Sender) -> frozenset[str]:
    """Names that are never a referral: the sender's, and whom the greeting addresses (us)."""
    greeting = _GREETING.match(text)
    return sender.names | (frozenset((greeting.group(1).lower(),)) if greeting else frozenset())
