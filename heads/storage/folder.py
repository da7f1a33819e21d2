"""A catalog in a folder of this machine: every write atomic, links refused."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from heads.errors import CatalogError, ConflictError, UnreadableError
from heads.storage.atomic_files import append_line, digest, replace_file
from heads.storage.catalog import Blob
from trunkline.disk import locked, sync


class FolderCatalog:
    """A catalog in a folder. Links are refused: a bundle is what lies in it."""

    is_local = True

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """Stamp files by time, size and inode; see Files."""
        try:
            os.scandir(self.root).close()
        except OSError as error:
            raise CatalogError(f"{self.root}: {error.strerror}") from error
        stamps: dict[str, str] = {}
        for path in self.root.glob(pattern):
            key = path.relative_to(self.root).as_posix()
            try:
                stat = path.stat()
            except OSError:  # gone again, or not ours to look at
                continue
            if self._linked(key) is None:
                stamps[key] = f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}"
        return stamps

    def read(self, key: str, limit: int) -> Blob | None:
        """Read a file; see Files."""
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
            reason = "is a link, refused" if is_link else os.strerror(error.errno or 0)
            raise UnreadableError(reason) from error
        return Blob(content, digest(content))

    def write(self, key: str, content: bytes, expected: str) -> None:
        """Replace a file, one writer of this machine at a time; see Files."""
        path = self.root / key
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                sync(path.parent.parent)
            with locked(path.parent):
                tag = digest(path.read_bytes()) if path.is_file() else ""
                if tag != expected:
                    raise ConflictError(f"{path} was changed by somebody else meanwhile")
                replace_file(path, content)
        except OSError as error:
            raise CatalogError(f"{path}: {error.strerror}") from error

    def append(self, key: str, line: bytes) -> None:
        """Add a line to the one file of the journal; see Journal."""
        try:
            append_line(self.root / key, line)
        except OSError as error:
            raise CatalogError(f"{self.root / key}: {error.strerror}") from error

    def lines(self, key: str) -> list[bytes]:
        """Return the lines of the one file; see Journal."""
        try:
            return (self.root / key).read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CatalogError(f"{self.root / key}: {error.strerror}") from error

    def _linked(self, key: str) -> str | None:
        """Return the first folder on the way to `key` that is a link, None if there is none."""
        parts = key.split("/")[:-1]
        folders = ("/".join(parts[: depth + 1]) for depth in range(len(parts)))
        return next((folder for folder in folders if (self.root / folder).is_symlink()), None)
