"""Gives roles in a test's catalog at once: no author, no record, no gate."""

from __future__ import annotations

from pathlib import Path

from heads.errors import ConflictError
from heads.lifecycle import aliases
from heads.lifecycle.aliases import Aliases, Role
from heads.storage.folder import FolderCatalog


def point(folder: Path, role: Role, version: str | None, share: float | None = None) -> Aliases:
    """Give `role` of the head in `folder` to `version` (None: to no version).

    Looks again after a conflict until the change is made. Raises AliasError.
    """
    catalog, name = FolderCatalog(folder.parent), folder.name
    while True:
        before, tag = aliases.read(catalog, name)
        after = aliases.with_role(catalog, name, before, role, version, share)
        try:
            aliases.write(catalog, name, after, tag)
        except ConflictError:
            continue
        return after
