"""Read a raw message within fixed limits: headers, the text parts, and what the others are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from gateway.mail.message.charset import (
    charset_of_html,
    decode_flagged,
    decode_transfer,
    decode_words,
)
from gateway.mail.message.flowed import unflowed
from gateway.mail.message.headers import content_type, first, read_headers
from gateway.mail.message.structure import Leaf, leaves, split_head

MAX_RAW_BYTES = 25 << 20
MAX_TEXT_BYTES = 1_000_000  # of one part after decoding
_MAX_CODED_BYTES = 8_000_000  # of all text parts together before decoding
_MAX_GUESSES = 20  # parts whose charset is guessed; the others' labels are believed
_IN_BRACKETS = re.compile(r"<([^\s<>@\"(),;:]{1,128}@[^\s<>@\"(),;:]{1,190})>")
_NAMED = re.compile(r"\"[^\"]*\"|\([^()]*\)")  # quoted names and comments
_ADDRESS = re.compile(r"<?([^\s<>@\"(),;:]{1,128}@[^\s<>@\"(),;:]{1,190})>?")
_INLINE_IMAGE = re.compile(rb"data:image/[^\"'<>)]{200,}")
_TEXT = ("text", "text/plain", "text/html", "text/calendar")
_REPORTS = (
    "message/delivery-status", "message/global-delivery-status",
    "message/disposition-notification", "message/feedback-report",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One leaf of a message: its media type, decoded text where it is text, and its group."""

    media: str
    text: str
    attached: bool
    group: int  # leaves of one multipart/alternative say the same and share this number
    method: str = ""
    name: str = ""
    kind: str = ""  # the smime-type of what S/MIME made
    report: str | None = None  # the report-type of the report that it is part of


@dataclass(frozen=True)
class Parsed:
    """A message taken apart: headers by lower-case name, and its leaves in order.

    `report` is the report-type of the first machine-readable report in it, at any depth (mail
    gateways wrap reports to add a footer): "" for one without a type, None where there is none.
    `opens_with_report`: nothing stands before that report.
    """

    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    media: str
    report: str | None
    opens_with_report: bool
    flags: tuple[str, ...]

    def header(self, name: str) -> str:
        """Return the first value of header `name`, decoded; "" if it is not there."""
        return first(self.headers, name)


class _Reader:
    """Turns leaves into parts, and knows how much may still be decoded and guessed."""

    def __init__(self, raw: bytes, flags: set[str]) -> None:
        self._raw = raw
        self._flags = flags
        self._left = _MAX_CODED_BYTES
        self._guesses = _MAX_GUESSES

    def part(self, leaf: Leaf) -> Part:
        disposition = first(leaf.headers, "content-disposition").lower()
        attached = disposition.startswith("attachment") or (
            "filename" in disposition and not leaf.media.startswith("text/calendar")
        )
        multipart = leaf.media.startswith("multipart/")  # one without a boundary
        reported = leaf.report is not None and leaf.media in _REPORTS  # many name these a file
        readable = reported or (not attached and (multipart or leaf.media in _TEXT + _REPORTS))
        plain = multipart or leaf.media == "text"
        name = leaf.parameters.get("name") or disposition.partition("filename")[2].lstrip("*= \"'")
        return Part(
            media="text/plain" if readable and plain else leaf.media,
            text=self._text(leaf) if readable else "",
            attached=attached,
            group=leaf.group,
            method=leaf.parameters.get("method", "").upper(),
            name=name.partition(";")[0].strip(" \"'").lower(),
            kind=leaf.parameters.get("smime-type", "").lower(),
            report=leaf.report,
        )

    def _text(self, leaf: Leaf) -> str:
        end = min(leaf.end, leaf.start + max(self._left, 0))
        self._left -= end - leaf.start
        body = self._raw[leaf.start : end]
        data = decode_transfer(body, first(leaf.headers, "content-transfer-encoding"))
        hint = None
        if leaf.media == "text/html":
            hint = charset_of_html(data)
            if len(data) > MAX_TEXT_BYTES // 4:
                data = _INLINE_IMAGE.sub(b"data:", data)
        if end < leaf.end or len(data) > MAX_TEXT_BYTES:
            self._flags.add("truncated")
            data = data[:MAX_TEXT_BYTES]
        label = leaf.parameters.get("charset")
        text, flag = decode_flagged(data, label, hint, guesses=self._guesses > 0)
        if flag:
            self._flags.add(flag)
            self._guesses -= 1
        return unflowed(text, leaf.parameters) if leaf.media == "text/plain" else text


def parse(raw: bytes) -> Parsed:
    """Take a raw message apart; never raises, linear in its length, attachments are not read."""
    flags: set[str] = set()
    head, body = split_head(raw, 0, len(raw), flags)
    headers = read_headers(head)
    reader = _Reader(raw, flags)
    parts = tuple(reader.part(leaf) for leaf in leaves(raw, headers, body, flags))
    return Parsed(
        headers=tuple((name, decode_words(value)) for name, value in headers),
        parts=parts,
        media=content_type(headers)[0],
        report=next((part.report for part in parts if part.report is not None), None),
        opens_with_report=bool(parts) and parts[0].report is not None,
        flags=tuple(sorted(flags)),
    )


def _blanks(part: re.Match[str]) -> str:
    return " " * len(part.group())


def address_of(value: str) -> tuple[str, str]:
    """Return (display name, address) of a From value; empty strings where there is none."""
    value = value[:1000]
    # A name may hold an address, too: "sam@us.example" <x@elsewhere.example>.
    bare = _NAMED.sub(_blanks, value) if '"' in value or "(" in value else value
    match = _IN_BRACKETS.search(bare) or _ADDRESS.search(bare) or _ADDRESS.search(value)
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
