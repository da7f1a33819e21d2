"""Join the soft line breaks of plain text that was sent as format=flowed (RFC 3676)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MARKS = re.compile(r">*")
_DELIMITER = "-- "


def unflowed(text: str, parameters: Mapping[str, str]) -> str:
    """Return `text` with its soft breaks joined if the Content-Type's `parameters` declare them.

    A line that ends with a blank goes on in the next one of the same depth of quotes; with
    delsp=yes that blank goes. Linear in `text`.
    """
    if parameters.get("format", "").lower() != "flowed":
        return text
    drops = parameters.get("delsp", "").lower() == "yes"
    joined: list[str] = []
    pieces: list[str] = []  # of one line
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        marks, content = _taken_apart(line)
        delimits = content == _DELIMITER
        if pieces and (marks != depth or delimits):
            joined.append("".join(pieces))
            pieces = []
        if not pieces:
            depth = marks
            pieces.append(">" * marks + " " * bool(marks))
        soft = content.endswith(" ") and not delimits
        pieces.append(content[:-1] if soft and drops else content)
        if not soft:
            joined.append("".join(pieces))
            pieces = []
    return "\n".join([*joined, *(["".join(pieces)] if pieces else [])])


def _taken_apart(line: str) -> tuple[int, str]:
    """Return (depth of quotes, the rest without the blank that was stuffed before it).

    A blank before ">" stays: without it the author's own sign would be a mark.
    """
    match = _MARKS.match(line)
    marks = match.end() if match else 0
    rest = line[marks:]
    return marks, rest[1:] if rest[:1] == " " and (marks or rest[1:2] != ">") else rest
