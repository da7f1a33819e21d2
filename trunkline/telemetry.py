"""Read the W3C trace context that callers send along."""

import re

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def accepted_traceparent(given: str | None) -> str | None:
    """Return a W3C trace parent that is well formed, else None."""
    return given if given and _TRACEPARENT.fullmatch(given) else None
