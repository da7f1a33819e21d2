"""API keys: makes them, and reads and writes what is stored of them: hashes, never the keys."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Scope = Literal["classify", "embeddings", "feedback", "read", "read_text", "erase", "admin"]
SCOPES: Mapping[Scope, str] = {
    "classify": "classify and clean emails, list heads",
    "embeddings": "vectors of texts, and the models that make them",
    "feedback": "correct answers that were given",
    "read": "what was stored of answers, without text",
    "read_text": "the text that was stored; each use is audited",
    "erase": "erase what was stored of a person; each use is audited",
    "admin": "metrics, and whatever asks for no other scope; each use is audited",
}
"""What each scope is for; none implies another."""
AUDITED: frozenset[Scope] = frozenset({"read_text", "erase", "admin"})
"""Scopes of which each use, and each refused attempt, is logged at any level."""
TENANT = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""The form of a tenant's name; "acme" and "Acme" are two."""
_PREFIX = "tlk_"  # so that scanners for leaked secrets, and people, know one when they see it
_RANDOM_BYTES = 32


_Tenant = Annotated[str, Field(pattern=f"^{TENANT.pattern}$")]


class KeysError(Exception):
    """A list of keys cannot be used; the text names lines and fields, never a value."""


class Key(BaseModel):
    """One key as it is stored: a line of JSON. No scope implies another.

    A key without the member `tenants` is bound to none. An empty list is no such key but an error:
    what was meant to bind must not free.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    created: date
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    tenants: Annotated[frozenset[_Tenant], Field(min_length=1, max_length=100)] = frozenset()

    def line(self) -> str:
        """Return it as one line of JSON, without the line's end."""
        members = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        sets = {name: sorted(members[name]) for name in ("scopes", "tenants") if name in members}
        return json.dumps({**members, **sets})


def digest(key: str) -> str:
    """Return the hash that is stored of a key, in hex.

    One fast hash is right here: slow, salted ones protect what people choose. These keys are 256
    random bits, which no search finds, and the hash is computed with every request.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def new_key(
    key_id: str,
    scopes: Sequence[Scope],
    created: date,
    requests_per_minute: int | None = None,
    tenants: Iterable[str] = (),
) -> tuple[str, Key]:
    """Make a key, bound to `tenants` if there are any; return its text and what is stored of it.

    The text is to be shown once. Raises KeysError.
    """
    text = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    fields: dict[str, object] = {
        "id": key_id,
        "sha256": digest(text),
        "scopes": list(scopes),
        "created": created,
        "requests_per_minute": requests_per_minute,
    }
    names = list(tenants)
    if names:
        fields["tenants"] = names
    return text, _read(fields, "the new key")


def read_keys(text: str) -> tuple[Key, ...]:
    """Read lines of JSON, one key each, or one JSON list of them; raises KeysError."""
    keys = [_read(entry, position) for position, entry in _entries(text)]
    for member, values in (("id", [k.id for k in keys]), ("sha256", [k.sha256 for k in keys])):
        if len(set(values)) < len(values):
            raise KeysError(f"two keys have the same {member}")
    return tuple(keys)


def write_keys(keys: Sequence[Key]) -> str:
    """Return the lines that `read_keys` reads."""
    return "".join(key.line() + "\n" for key in keys)


def _entries(text: str) -> list[tuple[str, Any]]:
    if text.lstrip().startswith("["):
        return [(f"key {n}", entry) for n, entry in enumerate(_json(text, "the list"), 1)]
    lines = enumerate(text.splitlines(), 1)
    return [(f"line {n}", _json(line, f"line {n}")) for n, line in lines if line.strip()]


def _json(text: str, position: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise KeysError(f"{position}: not JSON") from None


def _read(entry: Any, position: str) -> Key:
    try:
        return Key.model_validate(entry)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        fields = sorted({str(e["loc"][0]) if e["loc"] else "all" for e in problems})
        known = [field if field in Key.model_fields else "an unknown member" for field in fields]
        raise KeysError(f"{position}: wrong are {', '.join(known)}") from None
