"""What holds bundles and aliases, as Protocols: small files by key, and append-only journals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Blob:
    """A file's content, and the tag that a writer shows to replace just this content."""

    content: bytes
    tag: str


class Files(Protocol):
    """Small files by key (`name/version/head.toml`); thread-safe; no call sees half a file.

    All raise CatalogError where the catalog as a whole cannot be reached.
    """

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """Map keys that match (`*` within one part) to a stamp that changes with the content."""

    def read(self, key: str, limit: int) -> Blob | None:
        """Read at most `limit` bytes; return None for a missing file.

        Raises UnreadableError for trouble with this file alone.
        """

    def write(self, key: str, content: bytes, expected: str) -> None:
        """Replace what has the tag `expected` ("" = nothing is there), whole and on disk.

        Raises ConflictError, having changed nothing, where something else is there.
        """


class Journal(Protocol):
    """Append-only lines; a line whose `append` returned is never lost or changed."""

    def append(self, key: str, line: bytes) -> None:
        """Add one line, on disk when this returns. Raises CatalogError."""

    def lines(self, key: str) -> list[bytes]:
        """Return every line, oldest first. Raises CatalogError."""


class Catalog(Files, Journal, Protocol):
    """What holds heads; `str()` of it says where it is.

    One that `is_local` answers as fast as a disk: a request may wait for it.
    """

    @property
    def is_local(self) -> bool:
        """Whether no network lies between."""
