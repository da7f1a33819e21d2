"""Turns rules and heads of a running deployment off and on: one file, recorded first."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heads.errors import (
    CatalogError,
    ConflictError,
    LifeError,
    SwitchError,
    SwitchUnreadError,
    UnreadableError,
)
from heads.lifecycle import aliases, audit
from heads.lifecycle.promotion import Author
from heads.storage.catalog import Catalog, Files

log = structlog.get_logger(__name__)

FILE = "switches.json"
MAX_SWITCHES = 256
MAX_WORDS = 500
"""Characters that `by` and `why` may have each."""

_MAX_BYTES = 256 * 1024
_TURNS = 10
_TARGET = r"^(rule:[a-z0-9_]{1,64}(\.[a-z0-9_]{1,64}){0,5}|head:[a-z][a-z0-9_]{0,63})$"
_IS_TARGET = re.compile(_TARGET)


@dataclass(frozen=True)
class SwitchedOff:
    """Who turned something off, why and when."""

    by: str
    why: str
    at: str


@dataclass(frozen=True)
class Switches:
    """What is off, by `rule:<id>` (or the start of ids up to a dot) and `head:<name>`.

    `generation` grows by one with every change.
    """

    generation: int = 0
    off: Mapping[str, SwitchedOff] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the ids of rules that are off, in order."""
        return self._named("rule:")

    @property
    def heads(self) -> tuple[str, ...]:
        """Return the names of heads that are off, in order."""
        return self._named("head:")

    def _named(self, kind: str) -> tuple[str, ...]:
        return tuple(sorted(t.removeprefix(kind) for t in self.off if t.startswith(kind)))


class _SwitchedOff(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    by: str
    why: str
    at: str


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    generation: int = Field(ge=0)
    off: dict[Annotated[str, Field(pattern=_TARGET)], _SwitchedOff] = Field(
        default={}, max_length=MAX_SWITCHES
    )


def read(catalog: Files) -> tuple[Switches, str]:
    """Read the switches and the tag that a writer shows to replace just these.

    Nothing is off where the file is missing. Raises SwitchError for one that holds anything else,
    SwitchUnreadError for one that cannot be read, CatalogError where the catalog cannot be reached.
    """
    location = f"{catalog}/{FILE}"
    try:
        blob = catalog.read(FILE, _MAX_BYTES)
    except UnreadableError as error:
        raise SwitchUnreadError(f"{location}: {error}") from error
    if blob is None:
        return Switches(), ""
    try:
        schema = _Schema.model_validate_json(blob.content)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise SwitchError(f"{location}: {problem['msg']}") from error
    off = {target: SwitchedOff(**entry.model_dump()) for target, entry in schema.off.items()}
    return Switches(schema.generation, off), blob.tag


def switch(catalog: Catalog, target: str, *, on: bool, author: Author) -> Switches:
    """Turn a rule or a head on or off; looks again where others change switches meanwhile.

    Raises LifeError for what is no rule or head, or is so already, for an author's words that are
    too long and a file that would be, and ConflictError where other changes kept coming first.
    """
    if not _IS_TARGET.fullmatch(target):
        raise LifeError(f"{target!r} is neither rule:<id> nor head:<name>")
    _check_length("by", author.by)
    _check_length("why", author.why)
    kind, _, name = target.partition(":")
    if kind == "head" and not on and not catalog.stamps(f"{name}/{aliases.FILE}"):
        raise LifeError(f"there is no head {name} in {catalog}")
    for _ in range(_TURNS):
        old, tag = read(catalog)
        if (target in old.off) != on:
            raise LifeError(f"{target} is {'on' if on else 'off'} already")
        try:
            return _step(catalog, target, old, tag, on=on, author=author)
        except ConflictError:
            continue
    raise ConflictError(f"{target}: others kept changing switches")


def _check_length(name: str, words: str) -> None:
    if len(words) > MAX_WORDS:
        raise LifeError(
            f"{name} has {len(words)} characters, {MAX_WORDS} are kept: give a shorter --{name}"
        )


def _content(new: Switches) -> bytes:
    """Write the file; raise LifeError for one that no reader would read to its end."""
    content = (json.dumps(asdict(new), indent=2) + "\n").encode()
    if len(content) > _MAX_BYTES:
        raise LifeError(
            f"{FILE} would have {len(content)} bytes, {_MAX_BYTES} are read: turn a switch on "
            "first, or give a shorter --why"
        )
    return content


def _step(
    catalog: Catalog, target: str, old: Switches, tag: str, *, on: bool, author: Author
) -> Switches:
    now = author.now()
    off = {key: entry for key, entry in old.off.items() if key != target}
    if not on:
        off[target] = SwitchedOff(author.by, author.why, now.isoformat(timespec="milliseconds"))
    if len(off) > MAX_SWITCHES:
        raise LifeError(f"{MAX_SWITCHES} switches may be off; turn one on first")
    new = Switches(old.generation + 1, off)
    content = _content(new)
    entry = audit.AuditEntry(
        head=target.removeprefix("head:"),
        action="switch on" if on else "switch off",
        by=author.by,
        why=author.why,
        generation=new.generation,
        before={"switch": "off" if on else "on"},
        after={"switch": "on" if on else "off"},
    )
    audit.record(catalog, entry, now)
    try:
        catalog.write(FILE, content, tag)
    except (ConflictError, CatalogError) as error:
        outcome = "forestalled" if isinstance(error, ConflictError) else "failed"
        with suppress(CatalogError):  # the first trouble is the one to tell
            audit.record(catalog, replace(entry, outcome=outcome), author.now())
        raise
    log.info("switched", target=target, on=on, generation=new.generation)
    return new
