"""Reads and writes aliases.json: which version is production, candidate, shadow."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heads.bundle.reading import MAX_FILE_BYTES
from heads.errors import AliasError, UnreadableError
from heads.manifest import NAME, VERSION
from heads.storage.atomic_files import digest
from heads.storage.catalog import Files
from heads.storage.folder import FolderCatalog

FILE = "aliases.json"
MAX_HISTORY = 16
_MAX_BYTES = 64 * 1024
_VERSION = re.compile(VERSION)
_NAME = re.compile(NAME)

Role = Literal["production", "candidate", "shadow"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Answering:
    """The versions that answer callers, and the candidate's share of them."""

    production: str | None = None
    candidate: str | None = None
    candidate_weight: float = 0.0


@dataclass(frozen=True)
class Aliases:
    """The version in each role. `generation` grows by one with every change; None is a free role.

    `candidate_weight` is the candidate's share of answers, `shadow_sample` the share of requests
    that the shadow scores too. `digests` names the content that each promoted version must have;
    `history` holds what answered before, newest last, for rolling back.
    """

    generation: int = 0
    production: str | None = None
    candidate: str | None = None
    candidate_weight: float = 0.0
    shadow: str | None = None
    shadow_sample: float = 0.0
    digests: dict[str, str] = field(default_factory=dict)
    history: tuple[Answering, ...] = ()

    @property
    def answering(self) -> Answering:
        """Return the part that decides which versions answer callers."""
        return Answering(self.production, self.candidate, self.candidate_weight)

    def version(self, role: Role) -> str | None:
        """Return the version that has the role, None where no version has it."""
        version: str | None = getattr(self, role)
        return version

    def share(self, role: Role) -> float:
        """Return the role's share of requests: 1 for production, else its weight or sample."""
        return {
            "production": 1.0,
            "candidate": self.candidate_weight,
            "shadow": self.shadow_sample,
        }[role]


_Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
_Version = Annotated[str | None, Field(pattern=VERSION)]


class _Answering(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    production: _Version = None
    candidate: _Version = None
    candidate_weight: _Share = 0.0


class _Schema(_Answering):
    generation: int = Field(ge=0)
    shadow: _Version = None
    shadow_sample: _Share = 0.0
    digests: dict[str, str] = {}
    history: list[_Answering] = []


def read_folder(folder: Path) -> Aliases:
    """Read the aliases of the head in `folder`; empty ones where the file is missing.

    Raises AliasError for a file that cannot be read or says something else.
    """
    return read(FolderCatalog(folder.parent), folder.name)[0]


def read(catalog: Files, name: str) -> tuple[Aliases, str]:
    """Read a head's aliases and the tag that a writer shows to replace just these.

    Raises AliasError, or CatalogError where the catalog cannot be reached.
    """
    location = f"{catalog}/{name}/{FILE}"
    try:
        blob = catalog.read(f"{name}/{FILE}", _MAX_BYTES)
    except UnreadableError as error:
        raise AliasError(f"{location}: {error}") from error
    if blob is None:
        return Aliases(), ""
    try:
        fields = _Schema.model_validate_json(blob.content).model_dump()
    except ValidationError as error:
        problems = "; ".join(
            ".".join(str(part) for part in problem["loc"]) + ": " + problem["msg"]
            for problem in error.errors(include_url=False)
        )
        raise AliasError(f"{location}: {problems.lstrip(': ')}") from error
    fields["history"] = tuple(Answering(**answering) for answering in fields["history"])
    return Aliases(**fields), blob.tag


def write(catalog: Files, name: str, new: Aliases, tag: str) -> None:
    """Write `new` over the aliases that `read` gave with `tag`, or raise ConflictError."""
    content = (json.dumps(asdict(new), indent=2) + "\n").encode()
    catalog.write(f"{name}/{FILE}", content, tag)


def with_role(
    catalog: Files,
    name: str,
    old: Aliases,
    role: Role,
    version: str | None,
    share: float | None = None,
) -> Aliases:
    """Return the aliases after `version` (None: no version) has taken `role` over.

    A version that becomes production is no longer candidate or shadow; one that becomes a
    candidate is no longer shadow. Taking a candidate away undoes its start: no rollback brings it
    back. Raises AliasError for a role or version that does not exist.
    """
    if role not in ROLES:
        raise AliasError(f"no such role: {role}")
    new = replace(old, generation=old.generation + 1)
    if version is not None:
        new = replace(new, digests={**old.digests, version: content(catalog, name, version)})
        new = _without(new, version)
    if role == "production":
        new = replace(new, production=version)
    elif role == "candidate":
        weight = 0.0 if version is None else 0.1 if share is None else share
        new = replace(new, candidate=version, candidate_weight=weight)
    else:
        sample = 0.0 if version is None else 1.0 if share is None else share
        new = replace(new, shadow=version, shadow_sample=sample)
    if role == "candidate" and version is None:
        new = replace(new, history=_forgotten(old, new.answering))
    elif new.answering != old.answering:
        new = replace(new, history=(*old.history, old.answering)[-MAX_HISTORY:])
    return _tidy(new)


def rolled_back(old: Aliases) -> Aliases:
    """Return the aliases with what answered before the last change.

    Raises AliasError without history.
    """
    if not old.history:
        raise AliasError("nothing answered before this: there is nothing to go back to")
    previous = old.history[-1]
    new = replace(
        old,
        generation=old.generation + 1,
        production=previous.production,
        candidate=previous.candidate,
        candidate_weight=previous.candidate_weight,
        history=old.history[:-1],
    )
    return _tidy(new)


def _forgotten(old: Aliases, now: Answering) -> tuple[Answering, ...]:
    """Return the history as if the old candidate had never been one, idle steps left out."""
    kept: list[Answering] = []
    for answering in old.history:
        had_it = answering.candidate is not None and answering.candidate == old.candidate
        without_it = Answering(answering.production) if had_it else answering
        if kept[-1:] != [without_it]:
            kept.append(without_it)
    return tuple(kept[:-1] if kept[-1:] == [now] else kept)


def _without(aliases: Aliases, version: str) -> Aliases:
    """Take the side roles from a version that is about to get another."""
    if aliases.candidate == version:
        aliases = replace(aliases, candidate=None, candidate_weight=0.0)
    if aliases.shadow == version:
        aliases = replace(aliases, shadow=None, shadow_sample=0.0)
    return aliases


def _tidy(aliases: Aliases) -> Aliases:
    """Drop the digests of versions that neither have nor could get back a role."""
    reachable = {aliases.production, aliases.candidate, aliases.shadow}
    reachable |= {
        version
        for answering in aliases.history
        for version in (answering.production, answering.candidate)
    }
    digests = {key: value for key, value in aliases.digests.items() if key in reachable}
    return replace(aliases, digests=digests)


def content(catalog: Files, name: str, version: str) -> str:
    """Return the digest of the version's head.toml, which covers every other file."""
    blob = None
    if _NAME.match(name) and _VERSION.match(version):
        blob = catalog.read(f"{name}/{version}/head.toml", MAX_FILE_BYTES["head.toml"])
    if blob is None:
        raise AliasError(f"{name} has no version {version}")
    return digest(blob.content)
