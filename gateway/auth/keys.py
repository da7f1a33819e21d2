"""API keys: makes them, and reads and writes what is stored of them: hashes, never the keys."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Scope = Literal["classify", "embeddings", "feedback", "admin"]
SCOPES: tuple[Scope, ...] = ("classify", "embeddings", "feedback", "admin")
_PREFIX = "tlk_"  # so that scanners for leaked secrets, and people, know one when they see it
_RANDOM_BYTES = 32


class KeysError(Exception):
    """A list of keys cannot be used; the text names lines and fields, never a value."""


class Key(BaseModel):
    """One key as it is stored: a line of JSON. No scope implies another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    created: date
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    def line(self) -> str:
        """Return it as one line of JSON, without the line's end."""
        members = {**self.model_dump(mode="json", exclude_none=True), "scopes": sorted(self.scopes)}
        return json.dumps(members)


def digest(key: str) -> str:
    """Return the hash that is stored of a key, in hex.

    One fast hash is right here: slow, salted ones protect what people choose. These keys are 256
    random bits, which no search finds, and the hash is computed with every request.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def new_key(
    key_id: str, scopes: Sequence[Scope], created: date, requests_per_minute: int | None = None
) -> tuple[str, Key]:
    """Make a key; return its text, to be shown once, and what is stored. Raises KeysError."""
    text = _PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    fields = {
        "id": key_id,
        "sha256": digest(text),
        "scopes": list(scopes),
        "created": created,
        "requests_per_minute": requests_per_minute,
    }
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
