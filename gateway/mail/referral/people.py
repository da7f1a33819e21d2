"""Who does the author point to? Gather what was found in each sentence into people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.mail.languages.contrasts import ANOTHER
from gateway.mail.languages.referral import HANDED_OVER, TITLES, VAGUE
from gateway.mail.patterns.alternation import alternation
from gateway.mail.referral.mentions import Find, Sender, finds_in, ignored_names
from gateway.mail.referral.names import CONSULTS, CUE
from gateway.mail.referral.offices import ROLE, TEAM
from gateway.mail.types import Referral

READ_CHARS = 3_000
MAX_REFERRALS = 8
_HANDED = re.compile(alternation(HANDED_OVER, ignore_case=True), re.MULTILINE)
_VAGUE = re.compile(alternation(VAGUE, ignore_case=True))
# The mark stands first, so that the many looks behind are taken at marks only.
_SENTENCE = re.compile(
    r"[.!?](?<=[a-z0-9)!?].)(?<!\bMr.)(?<!\bMrs.)(?<!\bMs.)(?<!\bDr.)(?<!\bProf.)(?<!\bEngr.)"
    r"(?<!\bSra.)(?<!\bSr.)(?<!\bIng.)(?<!\bCapt.)(?<!\bext.)[.!?]{0,20}+(?=\s+[^\sa-z])|\n+"
)
_ANOTHER = re.compile(ANOTHER, re.IGNORECASE)
_TITLE = re.compile(TITLES, re.IGNORECASE)
_CLEAN = str.maketrans("", "", "'’-.")


def referrals(text: str, sender: Sender, own_domains: Sequence[str]) -> tuple[Referral, ...]:
    """Return whom `text` (already clean) names, in order; one with only nulls for a vague hint."""
    head = text[:READ_CHARS]
    ignored = ignored_names(head, sender)
    people: list[Referral] = []
    for start, end in _sentences(head):
        finds = list(finds_in(head, start, end, ignored, sender, own_domains))
        if finds:
            _gather(people, finds, head)
    people = _merged(people)[:MAX_REFERRALS]
    if people:
        handed = _HANDED.search(head) is not None
        return tuple(replace(p, handed_over=handed) for p in people)
    vague = _VAGUE.search(head)
    if vague and CONSULTS.search(head[max(0, vague.start() - 30) : vague.end()]):
        return ()
    return (_vague(head, vague, _HANDED.search(head) is not None),) if vague else ()


def delegate_of(text: str, sender: Sender, own_domains: Sequence[str]) -> Referral | None:
    """Return whom an absence notice names for urgent matters, or None."""
    found = [p for p in referrals(text, sender, own_domains) if p.name or p.email or p.phone]
    return found[0] if found else None


def _vague(text: str, match: re.Match[str], handed: bool) -> Referral:
    window = text[match.start() : match.end() + 60]
    team, role = TEAM.search(window), ROLE.search(window)
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


def _gather(people: list[Referral], finds: list[Find], text: str) -> None:
    """Put the finds of one sentence together: each name takes what stands nearest to it."""
    if len(finds) > 1:
        others = [find for find in finds if _is_anothers(find, finds, text)]
        finds = [find for find in finds if find not in others]
    else:
        others = []
    _gather_one(people, finds, text)
    people.extend(_new(find) for find in others)


def _is_anothers(office: Find, finds: list[Find], text: str) -> bool:
    """Whether the role is joined to a person named before as somebody else ("or her assistant")."""
    if office.kind != "role" or not any(find.end <= office.start for find in finds):
        return False
    if any(find.kind == "name" and 0 < find.start - office.end <= 2 for find in finds):
        return False  # "or our CFO Ann Lee"
    return _ANOTHER.search(text[max(0, office.start - 30) : office.start]) is not None


def _gather_one(people: list[Referral], finds: list[Find], text: str) -> None:
    """Put the finds together that are about the people named."""
    names = [find for find in finds if find.kind == "name"]
    anchors = names or [find for find in finds if find.kind in ("email", "phone")]
    if not people and anchors and anchors[0].kind == "phone" and not CUE.search(text):
        anchors = []  # a number alone points to nobody
    if not anchors:
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
            if find.kind == "email" and names:
                near = next((i for i, a in enumerate(anchors) if _echoes(a, find)), near)
            _attach(people, first + near, find)


def _pointed(text: str, find: Find) -> bool:
    """Whether a cue stands right before the office."""
    window = text[max(0, find.start - 60) : find.start]
    cues = list(CUE.finditer(window + "x"))
    between = window[cues[-1].end() :].lower().split() if cues else []
    if CONSULTS.search(window):
        return False
    return bool(cues) and set(between) <= _ARTICLES and len(between) <= 3


_ARTICLES = frozenset(
    "our|my|the|your|a|someone|somebody|in|from|at|der|die|das|le|la|el".split("|")  # noqa: SIM905
)


def _echoes(name: Find, address: Find) -> bool:
    """Whether the address repeats a word of the name."""
    local = address.value.partition("@")[0].lower().translate(_CLEAN)
    words = name.value.lower().translate(_CLEAN).split()
    return any(len(word) > 2 and word in local for word in words)


def _distance(anchor: Find, find: Find) -> int:
    if find.start >= anchor.end:
        return find.start - anchor.end
    return (anchor.start - find.end) * 2


def _new(find: Find) -> Referral:
    blank = Referral(start=find.start, end=find.end)
    return replace(blank, **{find.kind: find.value})  # type: ignore[arg-type]


def _attach(people: list[Referral], index: int, find: Find) -> None:
    person = people[index]
    if getattr(person, find.kind) is None:
        people[index] = replace(
            person,
            **{find.kind: find.value},  # type: ignore[arg-type]
            start=min(person.start, find.start),
            end=max(person.end, find.end),
        )


def _merged(people: list[Referral]) -> list[Referral]:
    """Make one entry a person: the same name or address only adds what was missing."""
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
        return _is_one_name(_bare(a.name), _bare(b.name))
    if (a.email and b.name) or (b.email and a.name):
        name, email = a.name or b.name or "", a.email or b.email or ""
        return _echoes(Find("name", name, 0, 0), Find("email", email, 0, 0))
    # "Our CFO decides. Ask Ann Lee, the CFO": an office and whoever holds it.
    return bool(a.role and b.role) and (a.role or "").lower() == (b.role or "").lower()


def _bare(name: str) -> list[str]:
    """Return the words of a name without its title."""
    return [word for word in name.lower().split(" ") if not _TITLE.fullmatch(word)]


def _is_one_name(a: list[str], b: list[str]) -> bool:
    """Whether the shorter name opens or closes the longer one ("Ann", "Ms Lee", "Ann Lee")."""
    short, long = sorted((a, b), key=len)
    if not short:
        return False
    return long[: len(short)] == short or long[-len(short) :] == short


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
