"""How long a prediction may wait for a look at the catalog: not past its caller's time-out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from heads.registry.follower import PATIENCE_S
from trunkline.serving.environ import ACCEPTED_AT

ANSWERING_S: Final = 0.05
"""What is left of a caller's time-out for the answer and its way back."""
_KEY: Final = "HTTP_X_REQUEST_TIMEOUT_MS"
_MOST_DIGITS: Final = 9


def patience_s(environ: Mapping[str, Any]) -> float:
    """Return what is left of X-Request-Timeout-Ms, less ANSWERING_S; at most PATIENCE_S, or 0.

    A header that is no whole number counts as none.
    """
    text = environ.get(_KEY, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return PATIENCE_S
    now = time.monotonic()
    spent_s: float = now - environ.get(ACCEPTED_AT, now)
    return min(max(int(text) / 1000 - spent_s - ANSWERING_S, 0.0), PATIENCE_S)
