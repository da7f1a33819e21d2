"""Tell pictures that are typed, emoji and emoticons, from the names of other pictures."""

from __future__ import annotations

import re

_SIGN = "[\u203c\u2049\u20e3\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
_TYPED = re.compile(
    rf"(?:(?:[0-9#*]\ufe0f?(?=\u20e3))?{_SIGN}[\u200d\ufe0e\ufe0f\U000e0020-\U000e007f]*\s?){{1,12}}"
    r"|[:;=8xX][-o^']?[()DPpO/|*3\[\]]|<3|:[a-z0-9_+\-]{2,30}:"
)
_MAX_LENGTH = 60


def is_emoji(text: str) -> bool:
    """Whether `text` is nothing but emoji, one emoticon (":-)") or one short name (":+1:")."""
    return len(text) <= _MAX_LENGTH and _TYPED.fullmatch(text) is not None
