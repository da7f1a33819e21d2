"""Makes samples of a load run, as its recorder writes them."""

from typing import Any


def sample(at: float, ms: float = 10.0, outcome: str = "ok", path: str = "hit") -> dict[str, Any]:
    """Make one request's sample, due `at` seconds after the start."""
    return {
        "at": at, "ms": ms, "kind": "text", "outcome": outcome, "reason": "", "paths": [path],
        "asked": 3, "answered": 3 if outcome == "ok" else 1, "stages": {"embed": ms / 2},
    }  # fmt: skip
