"""Read a raw message within fixed limits: headers, the body to read, and what kind of mail it is.

The standard library's parser recurses into nested parts and is quadratic in parameters and encoded
words; splitting by boundary here is linear, and no depth or count is more than a loop's bound.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from gateway.mail.message.charset import decode, decode_transfer, decode_words

MAX_RAW_BYTES = 1_000_000
MAX_HEADER_BYTES = 64_000
MAX_PARTS = 200
MAX_DEPTH = 20
_MAX_HEADERS = 500
_MAX_VALUE = 4_000
_REPORTS = (
    "text/calendar", "message/delivery-status", "message/global-delivery-status",
    "message/feedback-report",
)  # fmt: skip
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_PARAMETER = re.compile(
    r";\s{0,20}([\w\-]{1,30})\*?\d{0,2}\*?\s{0,5}=\s{0,5}(?:\"([^\"]{0,300})\"|([^;\s]{0,300}))"
)
_ADDRESS = re.compile(r"<?([^\s<>@\"(),;:]{1,128}@[^\s<>@\"(),;:]{1,190})>?")


@dataclass(frozen=True)
class Part:
    """One leaf of a message: its media type, decoded text where it is text, and its group."""

    media: str
    text: str
    attached: bool
    group: int  # leaves of one multipart/alternative say the same and share this number
    method: str = ""


@dataclass(frozen=True)
class Parsed:
    """A message taken apart: headers by lower-case name, and its leaves in order."""

    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    media: str
    report: str
    flags: tuple[str, ...]

    def header(self, name: str) -> str:
        """Return the first value of header `name`, decoded; "" if it is not there."""
        return next((value for key, value in self.headers if key == name), "")


def parse(raw: bytes) -> Parsed:
    """Take a raw message apart; never raises, linear in its length."""
    flags: set[str] = set()
    head, body = _split(raw[:MAX_RAW_BYTES])
    if len(head) > MAX_HEADER_BYTES:
        head = head[:MAX_HEADER_BYTES]
        flags.add("headers_truncated")
    headers = _headers(head)
    parts: list[Part] = []
    seen = [0]
    media, parameters = _content_type(headers)
    _walk(headers, body, parts, flags, seen)
    return Parsed(
        headers=tuple((name, decode_words(value)) for name, value in headers),
        parts=tuple(parts),
        media=media,
        report=parameters.get("report-type", "").lower(),
        flags=tuple(sorted(flags)),
    )


def address_of(value: str) -> tuple[str, str]:
    """Return (display name, address) of a From value; empty strings where there is none."""
    value = value[:1000]
    match = _ADDRESS.search(value)
    if match is None:
        return value.strip(' "<>'), ""
    name = (value[: match.start()] or value[match.end() :]).strip(" \"'<>()")
    return name, match.group(1).lower()


def date_of(value: str) -> datetime | None:
    """Return the time a Date header names, or None."""
    try:
        return parsedate_to_datetime(value[:100])
    except (ValueError, TypeError, IndexError, OverflowError, KeyError):
        return None


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Cut at the first blank line; a message that starts with one has no headers."""
    if data[:1] in (b"\n", b"\r"):
        return b"", data
    match = _BLANK.search(data)
    return (data, b"") if match is None else (data[: match.start()], data[match.end() :])


def _headers(head: bytes) -> list[tuple[str, str]]:
    """Unfolded (lower-case name, raw value) pairs; lines that are no headers are passed over."""
    found: list[tuple[str, str]] = []
    text = decode(head, "utf-8").replace("\r\n", "\n").replace("\r", "\n")
    for line in text.split("\n"):
        if line[:1] in (" ", "\t") and found:
            name, value = found[-1]
            if len(value) < _MAX_VALUE:
                found[-1] = (name, value + " " + line.strip()[:_MAX_VALUE])
            continue
        name, colon, value = line.partition(":")
        if colon and 0 < len(name) < 80 and " " not in name.strip() and len(found) < _MAX_HEADERS:
            found.append((name.strip().lower(), value.strip()[:_MAX_VALUE]))
    return found


def _first(headers: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key == name), "")


def _content_type(headers: Sequence[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    value = _first(headers, "content-type")[:1500] or "text/plain"
    media = value.partition(";")[0].strip().lower() or "text/plain"
    parameters: dict[str, str] = {}
    for match in list(_PARAMETER.finditer(value))[:20]:
        content = match.group(2) if match.group(2) is not None else match.group(3)
        parameters.setdefault(match.group(1).lower(), content)
    return media, parameters


def _walk(
    headers: list[tuple[str, str]], body: bytes, parts: list[Part], flags: set[str], seen: list[int]
) -> None:
    """Collect leaves in order with a stack of its own; at most 200 parts, 20 deep."""
    stack: list[tuple[list[tuple[str, str]], bytes, int, int]] = [(headers, body, 0, 0)]
    groups = 0
    while stack:
        headers, body, depth, group = stack.pop()
        seen[0] += 1
        if seen[0] > MAX_PARTS or depth > MAX_DEPTH:
            flags.add("parts_truncated")
            continue
        media, parameters = _content_type(headers)
        boundary = parameters.get("boundary", "")
        if media.startswith("multipart/") and boundary:
            pieces = _pieces(body, boundary)
            groups += 1
            inner = group if group and media != "multipart/alternative" else 0
            inner = groups if media == "multipart/alternative" and not group else inner or group
            for piece in reversed(pieces[: MAX_PARTS + 1]):
                head, rest = _split(piece)
                stack.append((_headers(head[:MAX_HEADER_BYTES]), rest, depth + 1, inner))
            continue
        groups += 1
        parts.append(_leaf(headers, body, media, parameters, group or groups))


def _pieces(body: bytes, boundary: str) -> list[bytes]:
    """Return the parts between the lines of `boundary`; what stands before the first is dropped."""
    mark = re.escape(boundary.encode("utf-8", "ignore"))
    pieces: list[bytes] = []
    start: int | None = None
    for match in re.finditer(rb"^--" + mark + rb"(--)?[ \t]*\r?$\n?", body, re.MULTILINE):
        if start is not None:
            pieces.append(body[start : match.start()])
        start = None if match.group(1) else match.end()
        if len(pieces) > MAX_PARTS:
            return pieces
    if start is not None:
        pieces.append(body[start:])
    return pieces or [b"\n" + body]


def _leaf(
    headers: list[tuple[str, str]], body: bytes, media: str, parameters: dict[str, str], group: int
) -> Part:
    disposition = _first(headers, "content-disposition").lower()
    attached = disposition.startswith("attachment") or (
        "filename" in disposition and not media.startswith("text/calendar")
    )
    readable = media.startswith("multipart/") or media in ("text", "text/plain", "text/html")
    if attached or not (readable or media in _REPORTS):
        return Part(media, "", attached, group, parameters.get("method", "").upper())
    data = decode_transfer(body, _first(headers, "content-transfer-encoding"))
    kind = media if media != "text" and not media.startswith("multipart/") else "text/plain"
    text = decode(data, parameters.get("charset"))
    return Part(kind, text, False, group, parameters.get("method", "").upper())
