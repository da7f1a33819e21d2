"""Find what may point to somebody in a sentence: names, addresses, numbers, roles, offices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gateway.mail.languages.referral import ROLE_STEMS, TEAM_STEMS
from gateway.mail.patterns.line_shape import PHONE
from gateway.mail.referral.implicit_names import echoed_name
from gateway.mail.referral.names import (
    CAPITAL,
    CUE,
    NAMED,
    TOKEN,
    is_no_name,
    names_in,
)
from gateway.mail.referral.offices import roles_in, teams_in
from gateway.mail.referral.refusals import is_robot, without_refused

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_ADDRESSED = re.compile(r"@|[Dd][Oo][Tt]| \. ")  # no sentence with an address lacks all of these
_EMAIL = re.compile(r"(?<![\w.+\-=&%~$#!*/])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_SPELLED = re.compile(
    r"([\w.+\-]{1,40})(?: at | ?[\[(]at[\])] ?| ?\(a\) ?)([\w\-]{1,40})"
    r"(?: dot | ?[\[(]dot[\])] ?| \. )([a-z]{2,10})\b",
    re.IGNORECASE,
)
_MAX_OFFICES = 4  # of one kind in one sentence
_SHORT = 60  # characters of a sentence that may be a number and little else
_DIGIT = re.compile(r"\d")
_EXTENSION = re.compile(r"\b(?:ext(?:ension)?\.?|x) ?\d{2,6}\b", re.IGNORECASE)
_LABEL = re.compile(rf"^({CAPITAL}[\w &/\-]{{1,40}}): ?$")
_GREETING = re.compile(
    rf"^\s*(?:hi|hello|hey|dear|hallo|bonjour|hola|morning|good \w+),? ({CAPITAL}\w+)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my|(?<!not )me|mine|i'm|reach me|meine|mich|mon|mi|mijn)\b([^.]{0,25})$", re.IGNORECASE
)
_SOMEBODY = re.compile(rf"(?<!\w){TOKEN} ")


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
    """Yield names, addresses, numbers, roles and offices of one sentence, by place."""
    addresses: list[Find] = []
    if _ADDRESSED.search(text, start, end):
        addresses += _emails(text, start, end, sender, own)
        ignored |= _our_names(text, start, end, sender, own)
    cues = list(CUE.finditer(text, start, end))
    places = [(find.value, find.start) for find in addresses]
    names = list(names_in(text, (start, end), cues, ignored, places))
    found = [Find("name", name, place, place + len(name)) for place, name in names]
    found += addresses
    pointing = bool(found or cues)
    if pointing or end - start < _SHORT:
        found += _numbers(text, start, end)
    if pointing:
        offices = list(_offices(text, start, end))
        offices = [_before_names(office, names) for office in offices]
        found += [office for office in offices if not _inside(office, [*found, *offices])]
    if not found:
        return
    yield from sorted(without_refused(text, start, end, found), key=lambda find: find.start)


def _before_names(office: Find, names: Sequence[tuple[int, str]]) -> Find:
    """Return a role without the name at its end ("Head of Sales" of "Head of Sales Ann Lee")."""
    inside = [place for place, _ in names if office.start < place < office.end]
    if office.kind != "role" or not inside:
        return office
    value = office.value[: min(inside) - office.start].rstrip(" ,")
    return Find("role", value, office.start, office.start + len(value))


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
        echoed_name(text, match.group(), match.start(), NAMED)
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
    return not any(not is_no_name(m.group().strip()) for m in _SOMEBODY.finditer(between))


def _foreign(address: str, sender: Sender, own: Sequence[str]) -> bool:
    domain = address.rpartition("@")[2]
    ours = any(domain == d.lower() or domain.endswith("." + d.lower()) for d in own)
    return not ours and address != sender.email


def _numbers(text: str, start: int, end: int) -> Iterator[Find]:
    for pattern in (PHONE, _EXTENSION) if _DIGIT.search(text, start, end) else ():
        for match in pattern.finditer(text, start, end):
            digits = sum(c.isdigit() for c in match.group())
            own = _own(text, start, match.start())
            dated = re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", match.group())
            if (7 <= digits <= 15 or pattern is _EXTENSION) and not own and not dated:
                yield Find("phone", match.group().strip(), match.start(), match.end())


def _offices(text: str, start: int, end: int) -> Iterator[Find]:
    sentence = text[start:end]
    stems = {word[:4] for word in _WORD.findall(sentence.lower())}
    readers = []
    if "IT" in sentence or not TEAM_STEMS.isdisjoint(stems):
        readers.append(("team", teams_in))
    if not ROLE_STEMS.isdisjoint(stems):
        readers.append(("role", roles_in))
    for kind, offices_in in readers:
        for match in islice(offices_in(text, start, end), _MAX_OFFICES):
            yield Find(
                kind, match.group().strip(), match.start(), match.start() + len(match.group())
            )
    label = _LABEL.match(text[start:end].partition(":")[0] + ":")
    if label and "@" in text[start:end]:
        yield Find("team", label.group(1), start, start + len(label.group(1)))


def ignored_names(text: str, sender: Sender) -> frozenset[str]:
    """Return names that are never a referral: the sender's, and whom the greeting addresses."""
    greeting = _GREETING.match(text)
    return sender.names | (frozenset((greeting.group(1).lower(),)) if greeting else frozenset())
