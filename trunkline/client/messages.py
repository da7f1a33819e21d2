"""Requests and replies as values: what is sent, and what came back or did not."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

JSON: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json"})
MESSAGE: Mapping[str, str] = MappingProxyType({"Content-Type": "message/rfc822"})
COME_BACK = (429, 503)
"""Statuses of what may be asked again."""
_MOST_SHOWN = 200  # characters of a peer's header that a text repeats
_MOST_MS = 999_999_999  # the header's digits are counted


@dataclass(frozen=True, slots=True)
class Request:
    """One request to `path`; with the client's key unless it is not `keyed`."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    keyed: bool = True

    def with_timeout(self, seconds: float) -> "Request":
        """Return it with the header by which the gateway learns how long its caller waits."""
        milliseconds = min(_MOST_MS, max(1, math.ceil(seconds * 1000)))
        return replace(self, headers={**self.headers, "X-Request-Timeout-Ms": str(milliseconds)})


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the status (0 where nothing came) and the JSON object of the body.

    Where there is no such object `content` is empty and `problem` is the reason, without the body.
    `lost`: there was no connection, or it broke, so that nothing is known of the request.
    """

    status: int
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    problem: str = ""
    retry_after_s: float | None = None
    lost: bool = False

    @property
    def ok(self) -> bool:
        """Whether it is an answer: 200 with a JSON object."""
        return self.status == 200 and not self.problem

    @property
    def code(self) -> str:
        """The status with the problem's stable code, or with the reason why there is none."""
        code = self.content.get("code", self.problem)
        return f"{self.status or 'no answer'} {code}".strip()

    @property
    def may_repeat(self) -> bool:
        """Whether the same request may be sent again: no call changes anything."""
        return self.status in COME_BACK or self.lost


TIME_OVER = Reply(0, problem="the deadline has passed")


def read_reply(status: int, headers: Mapping[str, str], body: bytes, now: float) -> Reply:
    """Read what came back; `headers` are found in any case, `now` is the time of day in seconds."""
    wait_s = _retry_after_s(headers.get("Retry-After", ""), now)
    if 300 <= status < 400 and headers.get("Location"):
        target = headers["Location"][:_MOST_SHOWN]
        return Reply(status, problem=f"points to {target!r}, which is not followed")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):  # a load balancer's own page, say
        content = None
    if not isinstance(content, dict):
        kind = headers.get("Content-Type", "")[:_MOST_SHOWN] or "no type"
        return Reply(status, {}, f"not JSON but {len(body)} bytes of {kind}", wait_s)
    return Reply(status, content, retry_after_s=wait_s)


def _retry_after_s(value: str, now: float) -> float | None:
    """Return the seconds of a Retry-After field, which is a number or a date; None for neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else math.inf
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None
