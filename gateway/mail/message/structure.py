"""Take a MIME body apart by its boundaries, without copying or decoding what is not text.

The standard library's parser recurses into nested parts; a stack of spans here is linear, and no
depth, count or number of bytes looked at is more than a bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from gateway.mail.message.headers import Headers, content_type, read_headers

MAX_HEADER_BYTES = 64_000
MAX_PARTS = 200
MAX_DEPTH = 20
_MAX_PART_HEADS = 500_000  # bytes of the headers of all parts
_MAX_PASSES = 4  # times the message's own length that may be searched for boundaries
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_FAR_BLANKS = (b"\n\n", b"\n\r\n")
_LINE_END = rb"(--)?[ \t]{0,80}\r?(?:\n|\Z)"


class Leaf(NamedTuple):
    """One part that holds no others: its headers, and where in the message its body lies."""

    headers: Headers
    media: str
    parameters: dict[str, str]
    start: int
    end: int
    group: int  # leaves of one multipart/alternative say the same and share this number
    report: str | None  # the report-type of the multipart/report that it is part of, "" unnamed


class _Span(NamedTuple):
    headers: Headers
    start: int
    end: int
    depth: int
    group: int
    report: str | None


def split_head(raw: bytes, start: int, end: int, flags: set[str]) -> tuple[bytes, int]:
    """Return (header bytes, where the body starts) of the entity in raw[start:end].

    An entity that starts with a blank line has no headers; one without a blank line has no body.
    """
    if raw[start : start + 1] in (b"\n", b"\r"):
        return b"", start
    near = min(start + MAX_HEADER_BYTES, end)
    match = _BLANK.search(raw, start, near)
    if match is not None:
        return raw[start : match.start()], match.end()
    if near < end:
        flags.add("headers_truncated")
    found = ((raw.find(blank, near, end), len(blank)) for blank in _FAR_BLANKS)
    body = min((place + length for place, length in found if place >= 0), default=end)
    return raw[start:near], body


def leaves(raw: bytes, headers: Headers, start: int, flags: set[str]) -> Iterator[Leaf]:
    """Yield the leaves of the message whose body starts at `start`, in order."""
    stack = [_Span(headers, start, len(raw), 0, 0, None)]
    seen = groups = heads = 0
    budget = _MAX_PASSES * len(raw)
    while stack:
        span = stack.pop()
        seen += 1
        if seen > MAX_PARTS or span.depth > MAX_DEPTH or budget < 0:
            flags.add("parts_truncated")
            continue
        media, parameters = content_type(span.headers)
        groups += 1
        report = span.report
        if media == "multipart/report" and report is None:
            report = parameters.get("report-type", "").lower()
        if not media.startswith("multipart/") or not parameters.get("boundary"):
            group = span.group or groups
            yield Leaf(span.headers, media, parameters, span.start, span.end, group, report)
            continue
        budget -= span.end - span.start
        inner = span.group
        if media == "multipart/alternative" and not inner:
            inner = groups
        pieces = _pieces(raw, span.start, span.end, parameters["boundary"])
        for first, last in reversed(pieces):
            head, body = split_head(raw, first, last, flags)
            heads += len(head)
            if heads > _MAX_PART_HEADS:
                flags.add("headers_truncated")
                head = b""
            found = read_headers(head, guesses=False)
            stack.append(_Span(found, body, last, span.depth + 1, inner, report))


def _pieces(raw: bytes, start: int, end: int, boundary: str) -> list[tuple[int, int]]:
    """Find the parts between the lines of `boundary`; what stands before the first is lost."""
    mark = re.escape(boundary.encode("utf-8", "ignore"))
    # The line break stands first, so that the search is for fixed bytes.
    pattern = re.compile(rb"\n--" + mark + _LINE_END)
    pieces: list[tuple[int, int]] = []
    opened = re.compile(rb"--" + mark + _LINE_END).match(raw, start, end)
    begin = None if opened is None or opened.group(1) else opened.end()
    position = start if opened is None else opened.end() - 1
    while len(pieces) <= MAX_PARTS:
        match = pattern.search(raw, position, end)
        if match is None:
            break
        if begin is not None:
            pieces.append((begin, max(match.start(), begin)))
        begin = None if match.group(1) else match.end()
        position = match.end() - 1  # the line break that ends one line may begin the next
    else:
        return pieces
    if begin is not None:
        pieces.append((begin, end))
    return pieces or [(max(start - 1, 0), end)]
