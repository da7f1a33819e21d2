"""Reads the forms of pages: fields and one file, within the limits of emails."""

import base64
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import Request
from werkzeug.formparser import FormDataParser

from gateway.api.body import media_type
from gateway.api.door import FORM_BESIDE_BYTES
from gateway.api.large_bodies import LargeBodies
from gateway.auth.sign_in import FORM_FIELD, require_token
from gateway.config import Settings

_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_MOST_PARTS = 20
_LINE_END = re.compile(r"\r?\n")
Fields = Mapping[str, str]


def read_email(request: Request, settings: Settings, messages: LargeBodies) -> dict[str, Any]:
    """Return a form's email as members of `POST /v1/classify`.

    A file is a whole message; else `kind` says what `content` is. Raises what reading a body does,
    and ForeignPostError for a form without its token.
    """
    media_type(request, _FORMS)
    with messages.read(request, settings.max_raw_bytes + FORM_BESIDE_BYTES) as content:
        fields, file = _parsed(request, content)
    require_token(request, fields.get(FORM_FIELD, ""))
    members = _options(fields)
    if file:
        return {**members, "raw": base64.b64encode(file).decode()}
    kind = fields.get("kind", "text")
    text = fields.get("content", "")
    if kind == "raw":
        crlf = _LINE_END.sub("\r\n", text)
        return {**members, "raw": base64.b64encode(crlf.encode("utf-8", "replace")).decode()}
    return {**members, "html" if kind == "html" else "text": text.replace("\r\n", "\n")}


def _parsed(request: Request, content: bytes) -> tuple[Fields, bytes]:
    parser = FormDataParser(_in_memory, max_form_memory_size=None, max_form_parts=_MOST_PARTS)
    options = dict(request.mimetype_params)
    stream = io.BytesIO(content)
    _, form, files = parser.parse(stream, request.mimetype, len(content), options)
    message = files.get("message")
    return form.to_dict(), b"" if message is None else message.read()


def _in_memory(*_: object, **__: object) -> io.BytesIO:
    """Return what a file is read into: no mail touches a disk."""
    return io.BytesIO()


def _options(fields: Fields) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name in ("subject", "last_outbound"):
        if text := fields.get(name, "").strip():
            options[name] = text
    if fields.get("scope") == "thread":
        options["scope"] = "thread"
    with suppress(ValueError):  # a browser without a script sends none
        options["date"] = datetime.fromisoformat(fields.get("date", ""))
    return options
