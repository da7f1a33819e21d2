"""Read header fields as they come: unfolded, bounded, with the parameters of a media type."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gateway.mail.message.charset import decode

Headers = Sequence[tuple[str, str]]
_MAX_HEADERS = 500
_MAX_VALUE = 4_000
_PARAMETER = re.compile(
    r";\s{0,20}([\w\-]{1,30})\*?\d{0,2}\*?\s{0,5}=\s{0,5}(?:\"([^\"]{0,300})\"|([^;\s]{0,300}))"
)


def read_headers(head: bytes, *, guesses: bool = True) -> list[tuple[str, str]]:
    """Return (lower-case name, raw value) pairs; lines that are no headers are passed over.

    Without `guesses` they are read as UTF-8, whatever they are: who reads the headers of a part
    asks only for words of ASCII.
    """
    found: list[tuple[str, str]] = []
    text = decode(head, None) if guesses else head.decode("utf-8", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
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


def first(headers: Headers, name: str) -> str:
    """Return the first value of header `name` (lower case), or ""."""
    return next((value for key, value in headers if key == name), "")


def content_type(headers: Headers) -> tuple[str, dict[str, str]]:
    """Return (media type, parameters) in lower case but for the parameters' values."""
    value = first(headers, "content-type")[:1500] or "text/plain"
    media = value.partition(";")[0].strip().lower() or "text/plain"
    parameters: dict[str, str] = {}
    for match in list(_PARAMETER.finditer(value))[:20]:
        content = match.group(2) if match.group(2) is not None else match.group(3)
        parameters.setdefault(match.group(1).lower(), content)
    return media, parameters
