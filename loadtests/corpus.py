"""Seeded, distinct reply texts with a set length distribution: for speed, not for accuracy."""

import math
import random
from collections.abc import Iterator

MEDIAN_TOKENS = 40
P95_TOKENS = 180
MAX_TOKENS = 250
_TOKENS_PER_WORD = 1.2  # of the phrases below, as the default encoder's tokenizer splits them

_OPENINGS = (
    "we looked at this", "the plan here is", "our side of it", "for the north site",
    "my understanding is", "between you and me", "the warehouse people say",
    "from what finance sees", "after the audit", "since the merger", "in our last review",
    "the board was told",
)  # fmt: skip
_SUBJECTS = (
    "the rollout", "our current tool", "the pricing sheet", "this quarter's forecast", "the pilot",
    "the integration", "your comparison", "the training schedule", "the shipping lane", "that demo",
    "the renewal", "our ticket backlog", "the data export", "the second vendor", "the proposal",
)  # fmt: skip
_VERBS = (
    "depends on", "would need", "already covers", "keeps slipping behind", "was measured against",
    "looks better than", "costs more than", "was compared with", "could replace", "sits next to",
    "gets reviewed after", "overlaps with", "was planned around", "runs into",
    "feeds straight into",
)  # fmt: skip
_OBJECTS = (
    "the March numbers", "two more signatures", "what legal agreed", "the older contract",
    "a smaller team", "the regional budget", "what the crew asked for", "the night shift",
    "a proper test", "the security questionnaire", "the new site", "three open questions",
    "the figures you sent", "a longer trial", "our own dashboard",
)  # fmt: skip


def reply_texts(count: int, seed: int) -> list[str]:
    """`count` distinct texts; lengths are log-normal: median 40 tokens, p95 180, at most 250."""
    draw = random.Random(seed)
    sigma = math.log(P95_TOKENS / MEDIAN_TOKENS) / 1.645
    texts: dict[str, None] = {}
    while len(texts) < count:
        tokens = min(MAX_TOKENS, MEDIAN_TOKENS * math.exp(sigma * draw.gauss(0, 1)))
        texts[_text(draw, max(3, round(tokens / _TOKENS_PER_WORD)))] = None
    return list(texts)


def _text(draw: random.Random, words: int) -> str:
    """One text of exactly `words` words, in sentences of two clauses."""
    out: list[str] = []
    for clause in _clauses(draw):
        out.extend(clause.split())
        if len(out) >= words:
            break
    text = " ".join(out[:words]).rstrip(",.")
    return text[0].upper() + text[1:] + "."


def _clauses(draw: random.Random) -> Iterator[str]:
    while True:
        number = draw.randrange(2, 9_999)
        first = f"{draw.choice(_OPENINGS)} {draw.choice(_SUBJECTS)} {draw.choice(_VERBS)}"
        yield f"{first} {draw.choice(_OBJECTS)} {number},"
        yield f"and {draw.choice(_SUBJECTS)} {draw.choice(_VERBS)} {draw.choice(_OBJECTS)}."
