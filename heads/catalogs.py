"""Where bundles and aliases lie: a folder here or a bucket, behind one small Protocol."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from heads.errors import CatalogError, ConflictError, UnreadableError
from heads.files import append_line, digest, locked, replace_file, sync

S3 = "s3://"


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
        """Keys that match (`*` within one part) with a stamp that changes with the content."""

    def read(self, key: str, limit: int) -> Blob | None:
        """At most `limit` bytes; None if missing. Raises UnreadableError for one file's trouble."""

    def write(self, key: str, content: bytes, expected: str) -> None:
        """Replace what has the tag `expected` ("" = nothing is there), whole and on disk.

        Raises ConflictError, having changed nothing, where something else is there.
        """


class Journal(Protocol):
    """Append-only lines; a line whose `append` returned is never lost or changed."""

    def append(self, key: str, line: bytes) -> None:
        """Add one line, on disk when this returns. Raises CatalogError."""

    def lines(self, key: str) -> list[bytes]:
        """Every line, oldest first. Raises CatalogError."""


class Catalog(Files, Journal, Protocol):
    """What holds heads; `str()` of it says where it is."""


def open_catalog(where: str | Path | Catalog) -> Catalog:
    """The catalog at a folder or `s3://bucket/prefix`. Raises CatalogError for a bad address."""
    if isinstance(where, Path) or (isinstance(where, str) and not where.startswith(S3)):
        return FolderCatalog(Path(where))
    if isinstance(where, str):
        from heads.bucket import BucketCatalog

        return BucketCatalog.open(where)
    return where


class FolderCatalog:
    """A catalog in a folder. Links are refused: a bundle is what lies in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """See Files; a stamp is time, size and inode."""
        try:
            os.scandir(self.root).close()
        except OSError as error:
            raise CatalogError(f"{self.root}: {error.strerror}") from error
        found: dict[str, str] = {}
        for path in self.root.glob(pattern):
            key = path.relative_to(self.root).as_posix()
            try:
                stat = path.stat()
            except OSError:  # gone again, or not ours to look at
                continue
            if self._linked(key) is None:
                found[key] = f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}"
        return found

    def read(self, key: str, limit: int) -> Blob | None:
        """See Files."""
        if linked := self._linked(key):
            raise UnreadableError(f"{linked} is a link, refused")
        try:
            descriptor = os.open(self.root / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(limit)
        except FileNotFoundError:
            return None
        except OSError as error:
            is_link = error.errno == errno.ELOOP
            why = "is a link, refused" if is_link else os.strerror(error.errno or 0)
            raise UnreadableError(why) from error
        return Blob(content, digest(content))

    def write(self, key: str, content: bytes, expected: str) -> None:
        """See Files; writers on one machine take turns."""
        path = self.root / key
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                sync(path.parent.parent)
            with locked(path.parent):
                held = digest(path.read_bytes()) if path.is_file() else ""
                if held != expected:
                    raise ConflictError(f"{path} was changed by somebody else meanwhile")
                replace_file(path, content)
        except OSError as error:
            raise CatalogError(f"{path}: {error.strerror}") from error

    def append(self, key: str, line: bytes) -> None:
        """See Journal; the lines are those of one file."""
        try:
            append_line(self.root / key, line)
        except OSError as error:
            raise CatalogError(f"{self.root / key}: {error.strerror}") from error

    def lines(self, key: str) -> list[bytes]:
        """See Journal."""
        try:
            return (self.root / key).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CatalogError(f"{self.root / key}: {error.strerror}") from error

    def _linked(self, key: str) -> str | None:
        """The first folder on the way to `key` that is a link."""
        parts = key.split("/")[:-1]
        folders = ("/".join(parts[: place + 1]) for place in range(len(parts)))
        return next((one for one in folders if (self.root / one).is_symlink()), None)
