"""aliases.json: which version of a head is production (candidate, shadow); replaced atomically."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heads.bundle import replace_file
from heads.errors import AliasError
from heads.manifest import VERSION

FILE = "aliases.json"
_MAX_BYTES = 64 * 1024


@dataclass(frozen=True)
class Aliases:
    """`generation` grows by one with every change; None is a role nobody has."""

    generation: int = 0
    production: str | None = None
    candidate: str | None = None
    shadow: str | None = None


class _Schema(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    generation: int = Field(ge=0)
    production: str | None = Field(default=None, pattern=VERSION)
    candidate: str | None = Field(default=None, pattern=VERSION)
    shadow: str | None = Field(default=None, pattern=VERSION)


def read(folder: Path) -> Aliases:
    """The aliases of the head in `folder`; empty ones where the file is missing.

    Raises AliasError for a file that cannot be read or says something else.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES)
    except FileNotFoundError:
        return Aliases()
    except OSError as error:
        raise AliasError(f"{path}: {error.strerror}") from error
    try:
        return Aliases(**_Schema.model_validate_json(content).model_dump())
    except ValidationError as error:
        said = "; ".join(
            ".".join(str(part) for part in one["loc"]) + ": " + one["msg"]
            for one in error.errors(include_url=False)
        )
        raise AliasError(f"{path}: {said.lstrip(': ')}") from error


def point(folder: Path, role: str, version: str | None) -> Aliases:
    """Give `role` ("production", "candidate", "shadow") to `version`; returns what now holds.

    Writers take turns; readers see the old file or the new. Raises AliasError.
    """
    if role not in ("production", "candidate", "shadow"):
        raise AliasError(f"no such role: {role}")
    if version is not None and not (folder / version / "head.toml").is_file():
        raise AliasError(f"{folder.name} has no version {version}")
    with _locked(folder):
        old = read(folder)
        new = replace(old, generation=old.generation + 1, **{role: version})
        replace_file(folder / FILE, (json.dumps(asdict(new), indent=2) + "\n").encode())
    return new


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
