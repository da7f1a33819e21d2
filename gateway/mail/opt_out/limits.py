"""Tell words that end mail from those that end another's mail, a thing or a channel."""

from __future__ import annotations

import re
from typing import Literal

from gateway.mail.languages import opt_out_limits as words
from gateway.mail.languages.opt_out_polite import CALLS, PASSING_OTHERS

Limit = Literal["none", "likely"]

_LISTS, _OLD, _PROCESS = map(re.compile, (words.LISTS, words.OLD, words.PROCESS))
_FROM, _FROM_ENGLISH = re.compile(words.FROM), re.compile(words.FROM_ENGLISH)
_FROM_CASE = re.compile(words.FROM_CASE)
_US = re.compile(rf"{words.US}\b")
_SENDERS, _SENDERS_BEHIND = re.compile(words.SENDERS), re.compile(words.SENDERS_BEHIND)
_SENDERS_CASE = re.compile(words.SENDERS_CASE)
_PHONE, _WRITE = re.compile(words.PHONE), re.compile(words.WRITE)
_INVITES, _IN_LANGUAGE = re.compile(words.INVITES), re.compile(words.IN_LANGUAGE)
_PASSING_OTHERS = re.compile(PASSING_OTHERS)
_CALLS = re.compile("|".join(CALLS.values()))
_INSTEAD = re.compile(words.INSTEAD)
_SENDING, _MAIL = re.compile(words.SENDING), re.compile(words.MAIL)
_CLAUSE = re.compile(
    r"[,;:.!?。！？、，]|$| (?:and|und|et|y|e|en|och|og|и|ja|but|pero|mais|ma|maar|aber) "
)
_COMMA = re.compile("[,;:]")
_FRONT = 30  # characters in front of the words, where some languages name the sender
_WORD = re.compile(r"[\w'’-]+")


def removal_limit(sentence: str, start: int, end: int, behind: str, english: bool) -> Limit | None:
    """Return "none" if a removal is from no list, or makes room for a new address.

    An English "unsubscribe" from something else is "likely". None: nothing limits it.
    """
    clause = _clause(sentence, start, end)
    is_list = _LISTS.search(clause) is not None
    is_old = _OLD.search(clause) is not None
    if _INVITES.search(f"{sentence[end:]} {behind}") or (is_old and not is_list):
        return "none"
    if is_list or is_old:
        return "likely" if is_old else None
    if english:
        return "likely" if _is_from_others(clause, _FROM_ENGLISH) else None
    others = _is_from_others(clause, _FROM) or _is_from_others(clause, _FROM_CASE)
    return "none" if others else None


def silence_limit(sentence: str, start: int, end: int, behind: str, english: bool) -> Limit | None:
    """Return "none" for a ban of a channel, a language or a way of working, else "likely".

    Likely are bans of another sender's mail, of things that are no mail, and of calls alone.
    """
    if not english:  # whose patterns take the words behind along, beyond a comma too
        comma = _COMMA.search(sentence, start, end)
        end = comma.start() if comma else end
    clause, tail = _clause(sentence, start, end), _clause(sentence, end, end)
    rest = f"{sentence[:start]} | {sentence[end:]}"
    if _PROCESS.search(sentence):
        return "none"
    front = sentence[max(start - _FRONT, 0) : start]
    if _names_sender(clause, tail, english) or (
        not english and _SENDERS_CASE.search(front + clause)
    ):
        return "likely"
    if english:
        return None
    if _PASSING_OTHERS.search(_COMMA.split(sentence[start:], maxsplit=1)[0]):
        return "none"
    is_moved = _IN_LANGUAGE.search(sentence, start) or _INSTEAD.search(sentence, end)
    if is_moved or _INVITES.search(f"{rest} {behind}") or _CALLS.search(behind):
        return "none"
    joined = _COMMA.split(sentence[start:], maxsplit=1)[0]  # also calls and mail
    by_phone = _PHONE.search(clause) is not None and _WRITE.search(joined) is None
    return "likely" if by_phone or _sends_things(clause) else None


def _clause(sentence: str, start: int, end: int) -> str:
    """Return the sentence from `start` to where the clause at `end` ends."""
    boundary = _CLAUSE.search(sentence, end)
    return sentence[start : boundary.start() if boundary else len(sentence)]


def _is_from_others(clause: str, pattern: re.Pattern[str]) -> bool:
    found = (next(filter(None, match.groups())) for match in pattern.finditer(clause))
    return any(_US.match(name) is None for name in found)


def _names_sender(clause: str, tail: str, english: bool) -> bool:
    """Whether somebody else than us is named behind "from"."""
    found = [match["x"] for match in _SENDERS_BEHIND.finditer(tail)]
    if not english:
        found += [match["x"] for match in _SENDERS.finditer(clause)]
    return any(_US.match(name) is None for name in found)


def _sends_things(clause: str) -> bool:
    """Whether the ban of sending names something, and nothing that is mail."""
    sending = _SENDING.search(clause)
    if sending is None or _MAIL.search(clause):
        return False
    named = _WORD.findall(clause[sending.end() :])
    return any(word not in words.FILLERS and _US.fullmatch(word) is None for word in named)
