"""Take out whom the author does not point to: banned, removed from lists, departed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from gateway.mail.languages.refusals import GONE, LATER, NOT_TO, REMOVE, ROBOT
from gateway.mail.patterns.alternation import alternation

_BEFORE, _BEHIND = 70, 90
_EDGE = r"(?:(?<![\w'])|(?<=\W))"
_NOT_TO = re.compile(rf"(?<!why )(?<![\w'])(?:{alternation(NOT_TO)}) ?$")
_REMOVE = re.compile(rf"(?<![\w'])(?:{alternation(REMOVE)}) ?$")
_GONE = re.compile(rf"(?:\s?\([^()]{{0,60}}\)|, [^,.;]{{1,30}},)?,? ?(?:{alternation(GONE)})(?!\w)")
_NOT_BEHIND = re.compile(
    r" ?(?:\([^()]{0,60}\) ?)?(?:bitte |also |direkt )?(?:nicht|niet|ikke|inte)(?: (?:mehr|meer"
    r"|mere|mer|an|wenden))*(?= ?(?:[.,;!?]|$))"
)
_HINTS = (
    r"n't|dont |not |never|no |nie|ne |n'|non |não |geen|inte|ikke|ohne|statt|stop|avoid|refrain"
    r"|rather|instead"
    r"|without|except|left|longer|resign|retire|quit|depart|passed|moved|gone|fired|laid|let go"
    r"|died|remov|delet"
    r"|take |drop|strike|unsub|scratch|exclud|purge|eras|cross|replac|omit|nehmen|streich|lösch"
    r"|entfern|retir|supprim"
    r"|enlev|elimin|quit|borr|rimuov|cancell|tolg|exclu|verwijder|haal|schrap|ta bort|fjern|slet"
    r"|usu|wypis|nicht"
    r"|niet|verlass|gekünd|aus|weg|rente|parti|lieu|plutôt|vez |lugar|dej|saiu|deixou|slut"
    r"|stoppet|vertrokken|lasciat"
    r"|invece|posto|plaats|stället|stedet|odsz|odesz|zamiast|älä|älk|lähtenyt|nekontakt|nepište"
    r"|odeš|не |вместо|удал|убер"
    r"|уволил|больше|, not"
)
_HINT = re.compile(alternation((_HINTS,)))
_CLAUSE = re.compile(
    r"[,;:.!?]\s|\s(?:but|instead|sondern|mais|sino|ma|maar|mas|men|ale|utan|lecz"
    r"|vaan|nýbrž)\s"
    r"|[.!?]$|\n"
)
_BESIDE = re.compile(r"[ ,(]{1,3}(?:(?:our|my|the|unser\w*|notre|nuestr[oa]|il|onze|vår) )?")
_ENDS = re.compile(r"\s*(?:[,;.)!?]|$)")
_ROBOT = re.compile(ROBOT)
_TOP = re.compile(r"[a-z]{2,24}")


class Placed(Protocol):
    """Something with its place in the text."""

    @property
    def kind(self) -> str:
        """Return what it is: name, email, phone, role or team."""

    @property
    def start(self) -> int:
        """Return its first character."""

    @property
    def end(self) -> int:
        """Return the character behind it."""


P = TypeVar("P", bound=Placed)


def without_refused(text: str, start: int, end: int, finds: Sequence[P]) -> list[P]:
    """Return the finds of the sentence that its own words do not refuse."""
    sentence = text[start:end].lower().replace("’", "'")
    if not finds or _HINT.search(sentence) is None:
        return list(finds)
    zones = [zone for find in finds if (zone := _zone(sentence, find, finds, start)) is not None]
    kept = [f for f in finds if not any(a <= f.start - start < b for a, b in zones)]
    refused = [find for find in finds if find not in kept and find.kind == "name"]
    return [f for f in kept if not any(_is_title_of(f, name, sentence, start) for name in refused)]


def _is_title_of(office: Placed, name: Placed, sentence: str, offset: int) -> bool:
    """Whether the role stands beside the name as his: "our CFO Tom", "Tom, our CFO,"."""
    if office.kind != "role":
        return False
    if office.end <= name.start:
        return _BESIDE.fullmatch(sentence, office.end - offset, name.start - offset) is not None
    between = _BESIDE.fullmatch(sentence, name.end - offset, office.start - offset)
    return between is not None and _ENDS.match(sentence, office.end - offset) is not None


def is_robot(address: str, before: str) -> bool:
    """Whether no person reads `address`; `before` is what stands right in front of it."""
    local, _, domain = address.lower().partition("@")
    if _TOP.fullmatch(domain.rpartition(".")[2]) is None or _ROBOT.fullmatch(local):
        return True
    lead = before[-14:].lower().rstrip(" <")
    return lead.endswith(("cid:", "message-id:", "=", "mid:", "/")) or domain.startswith(
        ("bounce", "mailer.", "mail.gmail.com")
    )


def _zone(
    sentence: str, find: Placed, finds: Sequence[Placed], offset: int
) -> tuple[int, int] | None:
    """Return the part of the sentence that is about a refused find, or None."""
    begin, stop = find.start - offset, find.end - offset
    for office in finds if find.kind == "name" else ():
        if office.kind == "role" and 0 < find.start - office.end <= 2:
            begin = office.start - offset  # "not to our CFO Tom": the ban stands before the role
    close = _CLAUSE.search(sentence, stop)
    end = close.start() if close else len(sentence)
    if find.kind == "name" and _GONE.match(sentence, stop) is not None:
        return begin, end
    before = sentence[max(begin - _BEFORE, 0) : begin].rstrip("\"'(<")
    if _NOT_TO.search(before) is not None or (
        find.kind in ("name", "email") and _NOT_BEHIND.match(sentence, stop) is not None
    ):
        return None if re.search(LATER, sentence[stop:end]) else (begin, end)
    if _REMOVE.search(before) is not None:
        return begin, end
    return None
