"""Read one mail, whichever shape it came in: the text to split, and what is known beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.mail.message.charset import GUESSED, UNDECODABLE, decode_flagged
from gateway.mail.message.html import Budget, html_to_text
from gateway.mail.message.mojibake import repaired
from gateway.mail.message.normalise import has_broken
from gateway.mail.message.parse import Parsed, Part, parse
from gateway.mail.message.unreadable import has_picture, unreadable_parts
from gateway.mail.types import MAX_SPLIT_CHARS, Checkpoint, MailInput

_STUBS = ("html", "view this email in your browser", "view this message in", "does not support")
_JIS = "\x1b$"
_REPLACED = "\ufffd"


@dataclass(frozen=True)
class Source:
    """One mail before cleaning; header names are lower case."""

    text: str
    signature: str
    headers: Mapping[str, str]
    parsed: Parsed | None
    flags: frozenset[str]
    pictured: bool = False  # a picture is shown or came along


@dataclass(frozen=True)
class _Body:
    text: str
    signature: str = ""
    pictured: bool = False
    flags: frozenset[str] = frozenset()


def read_source(mail: MailInput, check: Checkpoint) -> Source:
    """Return the text of `mail` with its headers; raises only what `check` raises."""
    headers = {name.lower(): value for name, value in (mail.headers or {}).items()}
    if mail.raw is not None:
        parsed = parse(mail.raw)
        for name, value in parsed.headers:
            headers.setdefault(name, value)
        check()
        body = _mended(_joined(parsed.parts, check))
        flags = body.flags | frozenset(parsed.flags) | unreadable_parts(parsed.parts, parsed.media)
        pictured = body.pictured or has_picture(parsed.parts)
        return Source(body.text, body.signature, headers, parsed, flags, pictured)
    body = _mended(_chosen(_unshifted(mail.text or ""), _unshifted(mail.html or "")))
    given = (mail.text, mail.html, mail.subject, mail.last_outbound, *headers, *headers.values())
    broken = any(value and has_broken(value) for value in given)
    flags = body.flags | ({"broken_characters"} if broken else set())
    return Source(body.text, body.signature, headers, None, flags, body.pictured)


def _mended(body: _Body) -> _Body:
    """Repair what was encoded twice, and say so; say where signs are lost for good."""
    if body.text.isascii() and body.signature.isascii():
        return body
    text, mended = repaired(body.text[:MAX_SPLIT_CHARS])
    signature, signed = repaired(body.signature[:MAX_SPLIT_CHARS])
    flags = {GUESSED} if mended or signed else set()
    flags |= {UNDECODABLE} if _REPLACED in text else set()
    if not flags:
        return body
    text += body.text[MAX_SPLIT_CHARS:]
    return _Body(text, signature, body.pictured, body.flags | flags)


def _joined(parts: tuple[Part, ...], check: Checkpoint) -> _Body:
    """Join what the groups say, plain text where there is some, else their HTML as text."""
    groups: dict[int, list[Part]] = {}
    for part in parts:
        if not part.attached and part.media in ("text/plain", "text/html"):
            groups.setdefault(part.group, []).append(part)
    bodies = list(_bodies(groups.values(), check))
    return _Body(
        text="\n".join(body.text for body in bodies),
        signature="\n".join(filter(None, (body.signature for body in bodies))),
        pictured=any(body.pictured for body in bodies),
        flags=frozenset().union(*(body.flags for body in bodies)),
    )


def _bodies(groups: Iterable[list[Part]], check: Checkpoint) -> Iterator[_Body]:
    """Yield what each group says; all share one budget of HTML, unread once there is enough."""
    budget = Budget()
    length = 0
    for group in groups:
        body = _chosen(
            "\n".join(part.text for part in group if part.media == "text/plain"),
            "\n".join(part.text for part in group if part.media == "text/html"),
            budget,
        )
        yield body
        check()
        length += len(body.text)
        if length > MAX_SPLIT_CHARS:
            budget.chars = 0


def _chosen(plain: str, html: str, budget: Budget | None = None) -> _Body:
    if _usable(plain, html) or not html.strip():
        return _Body(plain)
    page = html_to_text(html, budget)
    return _Body(page.text, page.signature, page.pictures > 0, page.flags | {"html"})


def _usable(plain: str, html: str) -> bool:
    """Take plain text unless blank, a stub, or under a hundredth of a real HTML part."""
    size = len(plain.strip())
    if not size:
        return False
    if not html.strip():
        return True
    stub = size < 200 and any(word in plain.lower() for word in _STUBS)
    return not stub and (size * 100 >= len(html) or size >= 200)


def _unshifted(text: str) -> str:
    """Decode characters that hold undecoded JIS: they were bytes once."""
    if _JIS in text and text.isascii():
        return decode_flagged(text.encode("ascii"), None)[0]
    return text
