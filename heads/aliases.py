"""aliases.json: which version of a head is production, candidate, shadow; replaced atomically."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heads.catalog import Files
from heads.errors import AliasError, UnreadableError
from heads.files import digest
from heads.folder import FolderCatalog
from heads.manifest import NAME, VERSION
from heads.reading import MAX_FILE_BYTES

FILE = "aliases.json"
MAX_HISTORY = 16
_MAX_BYTES = 64 * 1024
_VERSION = re.compile(VERSION)
_NAME = re.compile(NAME)

Role = Literal["production", "candidate", "shadow"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Answering:
    """Which versions answer callers, and the candidate's share of them."""

    production: str | None = None
    candidate: str | None = None
    candidate_weight: float = 0.0


@dataclass(frozen=True)
class Aliases:
    """`generation` grows by one with every change; None is a role nobody has.

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
        """The part that decides what callers are told."""
        return Answering(self.production, self.candidate, self.candidate_weight)

    def version(self, role: Role) -> str | None:
        """Who has the role."""
        found: str | None = getattr(self, role)
        return found

    def share(self, role: Role) -> float:
        """Of requests: 1 for production, the candidate's weight, the shadow's sample."""
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


def read(folder: Path) -> Aliases:
    """The aliases of the head in `folder`; empty ones where the file is missing.

    Raises AliasError for a file that cannot be read or says something else.
    """
    return held(FolderCatalog(folder.parent), folder.name)[0]


def held(catalog: Files, name: str) -> tuple[Aliases, str]:
    """A head's aliases, and the tag that replaces just these.

    Raises AliasError, or CatalogError where the catalog cannot be reached.
    """
    where = f"{catalog}/{name}/{FILE}"
    try:
        blob = catalog.read(f"{name}/{FILE}", _MAX_BYTES)
    except UnreadableError as error:
        raise AliasError(f"{where}: {error}") from error
    if blob is None:
        return Aliases(), ""
    try:
        found = _Schema.model_validate_json(blob.content).model_dump()
    except ValidationError as error:
        said = "; ".join(
            ".".join(str(part) for part in one["loc"]) + ": " + one["msg"]
            for one in error.errors(include_url=False)
        )
        raise AliasError(f"{where}: {said.lstrip(': ')}") from error
    found["history"] = tuple(Answering(**one) for one in found["history"])
    return Aliases(**found), blob.tag


def replace_held(catalog: Files, name: str, new: Aliases, tag: str) -> None:
    """Write `new` over the aliases that `held` gave with `tag`, or raise ConflictError."""
    content = (json.dumps(asdict(new), indent=2) + "\n").encode()
    catalog.write(f"{name}/{FILE}", content, tag)


def given(
    catalog: Files,
    name: str,
    old: Aliases,
    role: Role,
    version: str | None,
    share: float | None = None,
) -> Aliases:
    """The aliases after `version` (None: nobody) has got `role` in place of whoever had it.

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


def restored(old: Aliases) -> Aliases:
    """The aliases with what answered before the last change. Raises AliasError without history."""
    if not old.history:
        raise AliasError("nothing answered before this: there is nothing to go back to")
    before = old.history[-1]
    new = replace(
        old,
        generation=old.generation + 1,
        production=before.production,
        candidate=before.candidate,
        candidate_weight=before.candidate_weight,
        history=old.history[:-1],
    )
    return _tidy(new)


def _forgotten(old: Aliases, now: Answering) -> tuple[Answering, ...]:
    """The history as if the old candidate had never been one, without steps that change nothing."""
    kept: list[Answering] = []
    for one in old.history:
        mine = one.candidate is not None and one.candidate == old.candidate
        before = Answering(one.production) if mine else one
        if kept[-1:] != [before]:
            kept.append(before)
    return tuple(kept[:-1] if kept[-1:] == [now] else kept)


def _without(aliases: Aliases, version: str) -> Aliases:
    """The side roles no longer held by a version that is about to get another."""
    if aliases.candidate == version:
        aliases = replace(aliases, candidate=None, candidate_weight=0.0)
    if aliases.shadow == version:
        aliases = replace(aliases, shadow=None, shadow_sample=0.0)
    return aliases


def _tidy(aliases: Aliases) -> Aliases:
    """Digests of versions that have, or could get back, a role; no others."""
    named = {aliases.production, aliases.candidate, aliases.shadow}
    named |= {version for one in aliases.history for version in (one.production, one.candidate)}
    kept = {version: said for version, said in aliases.digests.items() if version in named}
    return replace(aliases, digests=kept)


def content(catalog: Files, name: str, version: str) -> str:
    """The digest of the version's head.toml, which covers every other file."""
    found = None
    if _NAME.match(name) and _VERSION.match(version):
        found = catalog.read(f"{name}/{version}/head.toml", MAX_FILE_BYTES["head.toml"])
    if found is None:
        raise AliasError(f"{name} has no version {version}")
    return digest(found.content)
