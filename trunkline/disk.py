"""Brings files and names to disk, hashes files, renews folders, lets processes take turns."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def file_sha256(path: Path) -> str:
    """Return the digest of a file in lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Bring to disk what the file holds, or the names that changed in the folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one writer at a time into `folder`, over all processes of this machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def renew_folder(folder: Path, mark: str) -> None:
    """Remove what an earlier run left in `folder`, which is known by its file or folder `mark`.

    Raises FileExistsError for a folder with other content: it is somebody's.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / mark).exists():
        raise FileExistsError(f"{folder}: not empty, and without {mark} not ours to remove")
    shutil.rmtree(folder, ignore_errors=True)
