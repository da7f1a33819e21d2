"""Labelled rows of two topics that any head learns in a second."""

from __future__ import annotations

import json
from pathlib import Path

_WORDS = {"price": "What would it cost", "meeting": "Let us talk on"}


def write_topics(file: Path, count: int, start: int = 0) -> None:
    """Write `count` rows with text, topic and author, numbered from `start` on; five by an author.

    Files whose numbers differ share neither texts nor authors.
    """
    rows = [
        {"text": f"{_WORDS[label]} {number}?", "topic": label, "author": f"p{number // 5}"}
        for number in range(start, start + count)
        for label in [tuple(_WORDS)[number % 2]]
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
