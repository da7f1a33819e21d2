"""The command `gateway clean`: print what the cleaner kept and cut, as JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import BinaryIO

import click

from gateway.mail.clean import clean
from gateway.mail.message.charset import decode_transfer
from gateway.mail.types import CleanedMail, FollowUp, MailInput, Scope

_BASE64 = re.compile(r"[A-Za-z0-9+/=\r\n]{16,}")
FORMATS = ("text", "html", "raw")
SCOPES = ("newest", "thread")


@click.command(name="clean")
@click.argument("file", default="-", type=click.File("rb"))
@click.option("--format", "shape", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--scope", type=click.Choice(SCOPES), default="newest", show_default=True)
@click.option("--jsonl", is_flag=True, help='Lines {"id", "format", "content"} in, answers out.')
def clean_command(file: BinaryIO, shape: str, scope: Scope, jsonl: bool) -> None:
    """Print as JSON what the cleaner keeps and cuts of the mail in FILE ("-" is standard input)."""
    if jsonl:
        for answer in _answers(file, scope):
            _print(answer)
        return
    _print(report(clean(replace(mail_of(shape, file.read()), scope=scope))))


def mail_of(shape: str, content: bytes | str) -> MailInput:
    """Wrap `content` as the shape says; text and HTML bytes are read as UTF-8."""
    if shape == "raw":
        return MailInput(raw=content if isinstance(content, bytes) else _raw_bytes(content))
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return MailInput(html=text) if shape == "html" else MailInput(text=text)


def _raw_bytes(content: str) -> bytes:
    """Undo how a message came into a JSON string: base64, escaped bytes, or plain characters."""
    head = content[:200]
    if ":" not in head and " " not in head and _BASE64.fullmatch(content):
        return decode_transfer(content.encode("ascii"), "base64")
    try:
        return content.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return content.encode("utf-8", "surrogatepass")


def report(cleaned: CleanedMail) -> dict[str, object]:
    """Return the fields that `gateway clean` prints, ready for JSON."""
    return {
        "text": cleaned.text,
        "signature": cleaned.signature,
        "quoted": cleaned.quoted,
        "banner": cleaned.banner,
        "disclaimer": cleaned.disclaimer,
        "flags": list(cleaned.flags),
        "decision": cleaned.decision,
        "rule": cleaned.rule,
        "referral": [asdict(referral) for referral in cleaned.referral],
        "return_date": _iso(cleaned.return_date),
        "auto_kind": cleaned.auto_kind,
        "evidence": list(cleaned.evidence),
        "opt_out": cleaned.opt_out,
        "opt_out_evidence": cleaned.opt_out_evidence,
        "opt_out_span": list(cleaned.opt_out_span) if cleaned.opt_out_span else None,
        "delegate": asdict(cleaned.delegate) if cleaned.delegate else None,
        "follow_up": _follow_up(cleaned.follow_up),
        "kept_chars": cleaned.kept_chars,
        "thread_chars": cleaned.thread_chars,
    }


def _follow_up(wish: FollowUp | None) -> dict[str, object] | None:
    if wish is None:
        return None
    return {**asdict(wish), "not_before": _iso(wish.not_before), "until": _iso(wish.until)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _answers(file: BinaryIO, scope: Scope) -> Iterator[dict[str, object]]:
    """One answer a line, in order; a bad line is answered with an error and stops nothing."""
    for line in file:
        if not line.strip():
            continue
        identity: object = None
        try:
            row = json.loads(line.decode("utf-8", "replace"))
            identity = row.get("id")
            yield {"id": identity, **report(clean(replace(_row_mail(row), scope=scope)))}
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            yield {"id": identity, "error": {"code": "invalid_line", "message": _reason(error)}}


def _row_mail(row: dict[str, object]) -> MailInput:
    shape = row.get("format", "text")
    content = row.get("content")
    if shape not in FORMATS or not isinstance(shape, str):
        raise ValueError("format must be text, html or raw")
    if not isinstance(content, str):
        raise TypeError("content must be a string")
    return mail_of(shape, content)


def _reason(error: Exception) -> str:
    return str(error) if type(error) in (ValueError, TypeError) else "not a JSON object"


def _print(answer: dict[str, object]) -> None:
    # ASCII keeps every character, also a lone surrogate in an id, printable on any terminal.
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
