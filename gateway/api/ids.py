"""Accepts request ids of callers that are safe to repeat; those of our own are ULIDs."""

import re

from trunkline.ulid import new_id as new_id

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


def accepted_request_id(given: str | None) -> str | None:
    """Return a caller's request id if it may stand in headers and logs, else None."""
    return given if given and _REQUEST_ID.fullmatch(given) else None
