"""Find roles and teams in a sentence: the noun first, then the words around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.mail.languages.referral import ROLE_NOUNS, ROLES, TEAM_NOUNS, TEAMS
from gateway.mail.patterns.alternation import alternation

ROLE = re.compile("|".join(f"(?i:{role})" if role[:2] != r"\b" else role for role in ROLES))
TEAM = re.compile(alternation(TEAMS, ignore_case=True))
_ROLE_NOUN = re.compile(alternation(ROLE_NOUNS, ignore_case=True))
_TEAM_NOUN = re.compile(alternation(TEAM_NOUNS, ignore_case=True))
_ROLE_REACH, _TEAM_REACH = 36, 75  # characters of the longest words in front of a noun
_BEHIND = 90  # characters of the longest words behind it


def roles_in(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield what `ROLE.finditer` yields, tried only around words that make a role."""
    return _around(_ROLE_NOUN, ROLE, _ROLE_REACH, text, start, end)


def teams_in(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yield what `TEAM.finditer` yields, tried only around words that make a team."""
    return _around(_TEAM_NOUN, TEAM, _TEAM_REACH, text, start, end)


def _around(
    noun: re.Pattern[str], office: re.Pattern[str], reach: int, text: str, start: int, end: int
) -> Iterator[re.Match[str]]:
    """Yield matches of `office` near each `noun`: at each letter it looks at two words ahead."""
    done = start
    for core in noun.finditer(text, start, end):
        if core.end() <= done:
            continue
        stop = min(end, core.end() + _BEHIND)
        match = office.search(text, max(done, core.start() - reach), stop)
        if match is not None and match.start() <= core.start():  # else a later noun's
            yield match
            done = match.end()
