"""Who does the author point to? Names by cue and capital letters, addresses, numbers, offices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gateway.mail.languages.referral import (
    HANDED_OVER,
    NAMED_DOES,
    NOT_NAMES,
    POINTS_TO,
    ROLES,
    TEAMS,
    TITLES,
    VAGUE,
)
from gateway.mail.lineshape import PHONE
from gateway.mail.types import Referral

READ_CHARS = 3_000
MAX_REFERRALS = 8
_CAP = r"[A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĪİŁŃŇŌŐŘŚŞŠŢŤŪŮŰŹŻŽ]"
_TOKEN = rf"(?:{_CAP}[\w'’\-]{{1,20}}|{_CAP}\.(?= {_CAP}))"
_PARTICLE = r"(?:(?:van|von|de|der|den|da|di|del|la|le|ter|bin|al) ){0,2}"
_NAME = rf"(?:{TITLES} )?{_TOKEN}(?: {_PARTICLE}{_TOKEN}){{0,2}}"
_CUE = re.compile(rf"(?<!\w)(?i:{'|'.join(POINTS_TO)}) (?=[^\s])")
_CUED_NAME = re.compile(
    rf"(?:(?i:our|my|the|his|her|a|colleague|to|both|directly|with) ){{0,3}}({_NAME})"
)
_APPOSED = re.compile(
    rf"(?i:our|my|the|his|her) ((?:[\w&’'\-]{{2,20}} ){{0,3}}[\w&’'\-]{{2,20}}),? ({_NAME})(?![\w@])"
)
_DOER = re.compile(
    rf"(?<![\w@.])({_NAME})(?:,? [^,.;\n]{{1,50}},)? ?(?:{'|'.join(NAMED_DOES)})(?!\w)"
)
_NAME_COMMA = re.compile(rf"(?<![\w@.])({_NAME})(?:, | \()(?i:our|my|the|his|her) ")
_MENTION = re.compile(rf"(?:^|(?<=\s))[@+] ?({_NAME})")
_EMAIL = re.compile(r"[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_SPELLED = re.compile(
    r"([\w.+\-]{1,40})(?: at | ?[\[(]at[\])] ?| ?\(a\) ?)([\w\-]{1,40})"
    r"(?: dot | ?[\[(]dot[\])] ?| \. )([a-z]{2,10})\b",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"\b(?:ext(?:ension)?\.?|x) ?\d{2,6}\b", re.IGNORECASE)
_HANDED = re.compile("|".join(HANDED_OVER), re.IGNORECASE | re.MULTILINE)
_VAGUE = re.compile("|".join(VAGUE), re.IGNORECASE)
_ROLE = re.compile("|".join(f"(?i:{role})" if role[:2] != r"\b" else role for role in ROLES))
_TEAM = re.compile("|".join(TEAMS), re.IGNORECASE)
_LABEL = re.compile(rf"^({_CAP}[\w &/\-]{{1,40}}): ?$")
_SENTENCE = re.compile(r"(?<=[a-z0-9)!?])[.!?]+(?=\s+[^\sa-z])|\n+")
_GREETING = re.compile(
    rf"^\s*(?:hi|hello|hey|dear|hallo|bonjour|hola|morning|good \w+),? ({_CAP}\w+)", re.IGNORECASE
)
_OWN = re.compile(
    r"\b(?:my|me|mine|i'm|reach me|meine|mich|mon|mi|mijn)\b[^.]{0,25}$", re.IGNORECASE
)
_CLEAN = str.maketrans("", "", "'’-.")


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
class _Find:
    """One piece of a referral with its place in the text."""

    kind: str
    value: str
    start: int
    end: int


def referrals(text: str, sender: Sender, own_domains: Sequence[str]) -> tuple[Referral, ...]:
    """Return whom `text` (already clean) names, in order; one with only nulls for a vague hint."""
    head = text[:READ_CHARS]
    handed = _HANDED.search(head)
    ignored = _ignored(head, sender)
    people: list[Referral] = []
    for start, end in _sentences(head):
        finds = list(_finds(head, start, end, ignored, sender, own_domains))
        _gather(people, finds, head)
    people = _merged(people)[:MAX_REFERRALS]
    if people:
        return tuple(replace(p, handed_over=handed is not None) for p in people)
    vague = _VAGUE.search(head)
    return (_vague(head, vague, handed is not None),) if vague else ()


def delegate_of(text: str, sender: Sender, own_domains: Sequence[str]) -> Referral | None:
    """Return whom an absence notice names for urgent matters, or None."""
    found = [p for p in referrals(text, sender, own_domains) if p.name or p.email or p.phone]
    return found[0] if found else None


def _vague(text: str, match: re.Match[str], handed: bool) -> Referral:
    window = text[match.start() : match.end() + 60]
    team, role = _TEAM.search(window), _ROLE.search(window)
    return Referral(
        team=team.group().strip() if team else None,
        role=role.group().strip() if role and not team else None,
        handed_over=handed,
        start=match.start(),
        end=match.end(),
    )


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _finds(
    text: str, start: int, end: int, ignored: frozenset[str], sender: Sender, own: Sequence[str]
) -> Iterator[_Find]:
    """Names, addresses, numbers, roles and offices of one sentence, by place."""
    found = [*_names(text, start, end, ignored), *_emails(text, start, end, sender, own)]
    pointing = bool(found) or _CUE.search(text, start, end) is not None
    if pointing:
        found += _numbers(text, start, end)
        found += _offices(text, start, end)
    yield from sorted(found, key=lambda find: find.start)


def _names(text: str, start: int, end: int, ignored: frozenset[str]) -> Iterator[_Find]:
    seen: set[int] = set()
    for place, name in _candidates(text, start, end):
        name = name.rstrip("'’-")
        for ending in ("'s", "’s"):
            name = name.removesuffix(ending)
        words = name.split()
        while words and words[-1].lower().strip(".") in NOT_NAMES:
            words.pop()
        name = " ".join(words)
        first = words[0].lower().strip(".,") if words else ""
        titled = re.match(TITLES + r"$", words[0]) is not None if words else False
        if not words or (first in NOT_NAMES and not titled) or place in seen:
            continue
        if name.lower() in ignored or first in ignored or len(name) < 2:
            continue
        seen.add(place)
        yield _Find("name", text[place : place + len(name)], place, place + len(name))


def _candidates(text: str, start: int, end: int) -> Iterator[tuple[int, str]]:
    for cue in list(_CUE.finditer(text, start, end))[:10]:
        match = _CUED_NAME.match(text, cue.end(), end)
        if match:
            yield match.start(1), match.group(1)
            joined = re.compile(rf"(?: and | & | or |, )({_NAME})").match(text, match.end(), end)
            if joined:
                yield joined.start(1), joined.group(1)
    for match in list(_APPOSED.finditer(text, start, end))[:6]:
        if _ROLE.search(match.group(1)) or match.group(1).lower() in _KIN:
            yield match.start(2), match.group(2)
    for pattern in (_DOER, _NAME_COMMA, _MENTION):
        for match in list(pattern.finditer(text, start, end))[:6]:
            yield match.start(1), match.group(1)


_KIN = frozenset(
    "wife|husband|son|daughter|sister|brother|nephew|niece|mother|father|dad|mum|mom|uncle|aunt"  # noqa: SIM905
    "|cousin|friend|mate|neighbour|ea|pa".split("|")
)


def _emails(text: str, start: int, end: int, sender: Sender, own: Sequence[str]) -> Iterator[_Find]:
    if "@" in text[start:end]:
        for match in _EMAIL.finditer(text, start, end):
            value = match.group().rstrip(".-_")
            if _foreign(value.lower(), sender, own) and not _OWN.search(
                text[start : match.start()][-40:]
            ):
                yield _Find("email", value, match.start(), match.start() + len(value))
    for match in _SPELLED.finditer(text, start, end):
        value = f"{match.group(1)}@{match.group(2)}.{match.group(3)}"
        if _foreign(value.lower(), sender, own) and not _OWN.search(
            text[start : match.start()][-40:]
        ):
            yield _Find("email", value, match.start(), match.end())


def _foreign(address: str, sender: Sender, own: Sequence[str]) -> bool:
    domain = address.rpartition("@")[2]
    ours = any(domain == d.lower() or domain.endswith("." + d.lower()) for d in own)
    return not ours and address != sender.email


def _numbers(text: str, start: int, end: int) -> Iterator[_Find]:
    for pattern in (PHONE, _EXTENSION):
        for match in pattern.finditer(text, start, end):
            digits = sum(c.isdigit() for c in match.group())
            own = _OWN.search(text[start : match.start()][-40:])
            dated = re.fullmatch(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}", match.group())
            if (7 <= digits <= 15 or pattern is _EXTENSION) and not own and not dated:
                yield _Find("phone", match.group().strip(), match.start(), match.end())


def _offices(text: str, start: int, end: int) -> Iterator[_Find]:
    for kind, pattern in (("team", _TEAM), ("role", _ROLE)):
        for match in list(pattern.finditer(text, start, end))[:4]:
            yield _Find(
                kind, match.group().strip(), match.start(), match.start() + len(match.group())
            )
    label = _LABEL.match(text[start:end].partition(":")[0] + ":")
    if label and "@" in text[start:end]:
        yield _Find("team", label.group(1), start, start + len(label.group(1)))


def _gather(people: list[Referral], finds: list[_Find], text: str) -> None:
    """Put the finds of one sentence together: each name takes what stands nearest to it."""
    names = [find for find in finds if find.kind == "name"]
    anchors = names or [find for find in finds if find.kind in ("email", "phone")]
    if not anchors:
        if finds and people and finds[0].kind == "phone":
            _attach(people, len(people) - 1, finds[0])
        offices = [find for find in finds if find.kind in ("team", "role")]
        if offices and _pointed(text, offices[0]):
            people.append(_new(offices[0]))
        return
    first = len(people)
    if not names and people and people[-1].name and not getattr(people[-1], anchors[0].kind):
        # "Ask Ann. Her mail is ann@x.org": the address belongs to who was just named.
        first -= 1
        anchors = [find for find in anchors if find is not anchors[0]]
        _attach(people, first, next(find for find in finds if find.kind in ("email", "phone")))
        return
    if not names:
        anchors = [anchors[0], *(f for f in anchors[1:] if f.kind == anchors[0].kind)]
    people.extend(_new(anchor) for anchor in anchors)
    for find in finds:
        if find not in anchors:
            near = min(range(len(anchors)), key=lambda i: _distance(anchors[i], find))
            _attach(people, first + near, find)


def _pointed(text: str, find: _Find) -> bool:
    """Whether a cue stands right before the office."""
    window = text[max(0, find.start - 60) : find.start]
    cues = list(_CUE.finditer(window + "x"))
    between = window[cues[-1].end() :].lower().split() if cues else []
    return bool(cues) and set(between) <= _ARTICLES and len(between) <= 3


_ARTICLES = frozenset(
    "our|my|the|your|a|someone|somebody|in|from|at|der|die|das|le|la|el".split("|")  # noqa: SIM905
)


def _distance(anchor: _Find, find: _Find) -> int:
    if find.start >= anchor.end:
        return find.start - anchor.end
    return (anchor.start - find.end) * 2


def _new(find: _Find) -> Referral:
    blank = Referral(start=find.start, end=find.end)
    return replace(blank, **{find.kind: find.value})  # type: ignore[arg-type]


def _attach(people: list[Referral], index: int, find: _Find) -> None:
    person = people[index]
    if getattr(person, find.kind) is None:
        people[index] = replace(
            person,
            **{find.kind: find.value},  # type: ignore[arg-type]
            start=min(person.start, find.start),
            end=max(person.end, find.end),
        )


def _merged(people: list[Referral]) -> list[Referral]:
    """One entry a person: the same name or address again only adds what was missing."""
    merged: list[Referral] = []
    for person in people:
        for place, known in enumerate(merged):
            if _same(known, person):
                merged[place] = _union(known, person)
                break
        else:
            merged.append(person)
    return merged


def _same(a: Referral, b: Referral) -> bool:
    if a.email and b.email:
        return a.email.lower() == b.email.lower()
    if a.name and b.name:
        return (
            a.name == b.name or a.name.startswith(b.name + " ") or b.name.startswith(a.name + " ")
        )
    if (a.email and b.name) or (b.email and a.name):
        local = (a.email or b.email or "").partition("@")[0].lower().translate(_CLEAN)
        words = (a.name or b.name or "").lower().translate(_CLEAN).split()
        return any(len(word) > 2 and word in local for word in words)
    return False


def _union(a: Referral, b: Referral) -> Referral:
    name = max((a.name or "", b.name or ""), key=len) or None
    return Referral(
        name=name,
        email=a.email or b.email,
        phone=a.phone or b.phone,
        role=a.role or b.role,
        team=a.team or b.team,
        start=min(a.start, b.start),
        end=max(a.end, b.end),
    )


def _ignored(text: str, sender: Sender) -> frozenset[str]:
    """Names that are never a referral: the sender's, and whom the greeting addresses (us)."""
    greeting = _GREETING.match(text)
    return sender.names | (frozenset((greeting.group(1).lower(),)) if greeting else frozenset())
