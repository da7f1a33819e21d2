"""Writes files so that readers and power cuts see the old content or the new, never a part."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from trunkline.disk import locked, sync


def digest(content: bytes) -> str:
    """Return the SHA-256 of `content` as "sha256:<64 hex digits>"."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class OwnerError(OSError):
    """A file is another user's, and this one may not make the new file that user's."""


def replace_file(path: Path, content: bytes, *, keep_owner: bool = False) -> None:
    """Replace the file: readers see the old content or the new, also across a power cut.

    Everybody may read it, unless `keep_owner`: then owner, group and mode stay what they were, and
    OwnerError is raised, the file unchanged, where this user may not keep them.
    """
    old = path.stat() if keep_owner and path.exists() else None
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            write_synced(file.fileno(), content)
            if old is not None:
                _give_away(file.fileno(), old)
            os.fchmod(file.fileno(), 0o644 if old is None else old.st_mode & 0o777)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Add one whole line on disk: writers take turns, a line cut off by a crash is ended first."""
    with locked(path.parent):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            write_synced(descriptor, (b"\n" if torn else b"") + line + b"\n")
        finally:
            os.close(descriptor)
        sync(path.parent)


def write_synced(descriptor: int, content: bytes) -> None:
    """Write all of `content`, on disk when this returns."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.fsync(descriptor)


def _give_away(descriptor: int, old: os.stat_result) -> None:
    """Make an open file that of another file's owner and group."""
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except PermissionError:
            raise OwnerError from None
