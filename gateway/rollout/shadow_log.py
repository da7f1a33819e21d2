"""Logs where shadows differ from production: JSON lines without text, bounded in bytes."""

import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import to_json

from trunkline.settings import SettingsError

FILE = "shadow_flips.jsonl"
OLDER = "shadow_flips.1.jsonl"


def prepare_shadow_folder(folder: Path | None, setting: str) -> None:
    """Make the folder of the log; raise SettingsError, naming `setting`, where nothing can be put.

    One that is only full is no reason not to serve: what finds no room is lost, and counted.
    """
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".lock").touch()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            reason = os.strerror(error.errno or 0)
            raise SettingsError(f"{setting}: {reason}") from None


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """What one version answered to one mail."""

    version: str
    label: str
    probability: float
    abstained: bool


class ShadowLog:
    """Appends to a file in `folder` that any number of processes share; thread-safe.

    The file and its one predecessor together stay within `max_bytes`: at half of it the file
    takes its predecessor's place. A line is only ever written whole.
    """

    def __init__(self, folder: Path, max_bytes: int, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._half = max_bytes // 2
        self._now = now
        self._lock = threading.Lock()
        with suppress(OSError):  # told by `add`, where it matters
            folder.mkdir(parents=True, exist_ok=True)

    def add(self, mail: str, head: str, served: VersionAnswer, shadow: VersionAnswer) -> None:
        """Append one difference; `mail` is the id of its answer.

        Raises OSError, nothing of the line being there, as on a full disk.
        """
        entry = {
            "at": round(self._now(), 3),
            "id": mail,
            "head": head,
            "served": served,
            "shadow": shadow,
        }
        line = to_json(entry) + b"\n"
        with self._lock, (self._folder / ".lock").open("ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            path = self._folder / FILE
            size = path.stat().st_size if path.exists() else 0
            if size and size + len(line) > self._half:
                os.replace(path, self._folder / OLDER)
            _append_whole(path, line)


def _append_whole(path: Path, line: bytes) -> None:
    """Append the line, or nothing where the disk has no room for all of it; raise OSError then."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        try:
            if os.write(descriptor, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
