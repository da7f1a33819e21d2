"""Laws of the grouped alternation: it finds what the plain one finds, only sooner."""

import json
import re
from pathlib import Path

import pytest

from gateway.mail.languages import bodies, delivery
from gateway.mail.languages.bodies_other import BODIES_OTHER
from gateway.mail.languages.hints import HINTS
from gateway.mail.languages.referral import POINTS_TO, VAGUE
from gateway.mail.patterns.alternation import alternation

REPLIES = Path(__file__).parents[5] / "heads/data/replies"
TEXTS = [
    json.loads(line)["text"]
    for path in sorted(REPLIES.glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]
SMALL = {
    "hints": HINTS,
    "absent": bodies.ABSENT,
    "left": bodies.LEFT_COMPANY,
    "acknowledged": bodies.ACKNOWLEDGED,
    "bounced": delivery.BOUNCED,
    "invited": bodies.INVITED,
    "unmonitored": bodies.UNMONITORED,
    "address": bodies.ADDRESS_CHANGED,
    "challenge": bodies.CHALLENGE,
    "passed on": delivery.PASSED_ON,
    **{f"other {kind}": patterns for kind, patterns in BODIES_OTHER.items()},
}


def _found(pattern: re.Pattern[str], text: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group()) for match in pattern.finditer(text)]


@pytest.mark.parametrize("name", SMALL)
def test_small_letters_find_the_same(name: str) -> None:
    """Over the whole corpus a grouped pattern matches where and what the plain one matches."""
    plain = re.compile("|".join(SMALL[name]))
    grouped = re.compile(alternation(SMALL[name]))
    for text in TEXTS:
        assert _found(grouped, text.lower()) == _found(plain, text.lower())


@pytest.mark.parametrize("patterns", [POINTS_TO, VAGUE], ids=["points to", "vague"])
def test_any_letters_find_the_same(patterns: tuple[str, ...]) -> None:
    """The same without regard to case."""
    plain = re.compile("|".join(patterns), re.IGNORECASE)
    grouped = re.compile(alternation(patterns, ignore_case=True))
    for text in TEXTS:
        assert _found(grouped, text) == _found(plain, text)
        assert _found(grouped, text.upper()) == _found(plain, text.upper())


@pytest.mark.parametrize(
    "patterns",
    [
        ["a|b", "ab"], ["(?:ab|a)c", "abd"], ["(?:a|b)?c", "bc"], ["a?b", "ab+"], [r"\bab", "ab"],
        ["[ab|]c", "bc"], [r"\(a|b\)", "b"], ["(?:(?:a|b)c|d)e", "ace"], ["(?:a|)b", "ab"],
        [r"\bab|b", "c"],
    ],
    ids=str,
)  # fmt: skip
def test_every_shape_of_pattern(patterns: list[str]) -> None:
    """Branches, groups, quantifiers, classes and escapes keep their meaning and their order."""
    plain, grouped = re.compile("|".join(patterns)), re.compile(alternation(patterns))
    for text in ("ab", "abc ac bc c", "abd abbb", "a|b |c", "(a|b) b)", "ace bce de", "xab b"):
        assert _found(grouped, text) == _found(plain, text), text
