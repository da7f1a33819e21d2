"""Join many patterns into one that refuses quickly: alternatives grouped by first letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_BOUNDARY = r"\b"


def alternation(patterns: Iterable[str], *, ignore_case: bool = False) -> str:
    r"""Return a pattern that matches what any of `patterns` matches, leftmost letters first.

    At each character `re` tries one letter a group instead of every alternative. Groups that open
    a pattern are spread (`(?:ask|call) us` is `ask us`, `call us`), a `\b` in front is shared.
    Among alternatives of one first letter the order stays; no others can match at one place.
    `ignore_case` stands in for re.IGNORECASE, which would hide the letters from that quick look.
    """
    bounded: dict[str, dict[str, list[str]]] = {}
    for pattern in (branch for given in patterns for branch in _branches(given + ")", 0)[0]):
        edge = _BOUNDARY if pattern.startswith(_BOUNDARY) else ""
        for branch in _spread(pattern.removeprefix(edge)):
            lettered = branch[:1].isalpha() and branch[1:2] not in ("?", "*", "+", "{")
            letter = (branch[0].lower() if ignore_case else branch[0]) if lettered else ""
            bounded.setdefault(edge, {}).setdefault(letter, []).append(branch[lettered:])
    scope = "(?i:" if ignore_case else "(?:"
    return "|".join(f"{edge}(?:{_tried(groups, scope)})" for edge, groups in bounded.items())


def _tried(groups: dict[str, list[str]], scope: str) -> str:
    joined = []
    for letter, rests in groups.items():
        first = f"[{letter}{letter.upper()}]" if letter and scope == "(?i:" else letter
        joined.append(f"{first}{scope}{'|'.join(rests)})")
    return "|".join(joined)


def _spread(pattern: str) -> Iterator[str]:
    """Yield the pattern without the group it opens with: one branch each."""
    if not pattern.startswith("(?:"):
        yield pattern
        return
    branches, end = _branches(pattern, 3)
    rest = pattern[end + 1 :]
    if rest[:1] in ("?", "*", "+", "{"):
        yield pattern
        return
    for branch in branches:
        yield from _spread(branch + rest)


def _branches(pattern: str, start: int) -> tuple[list[str], int]:
    """Return the branches of the group whose inside begins at `start`, and where it closes."""
    branches, begin, depth, place = [], start, 0, start
    while depth or pattern[place] != ")":
        sign = pattern[place]
        if sign == "\\":
            place += 1
        elif sign == "[":
            place = pattern.index("]", place + 2)
        elif sign == "|" and not depth:
            branches.append(pattern[begin:place])
            begin = place + 1
        depth += (sign == "(") - (sign == ")")
        place += 1
    return [*branches, pattern[begin:place]], place
