"""A worker's spool: records are in the kernel's hands before their answer is sent.

One file a worker, appended to by one write(2) a request: what was written outlives the process.
`tick`, called every second beside the requests, brings the file to disk (that is the group which
a power failure may cost) and hands it on to the drainer.
"""

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.prediction_log.segments import (
    Segment,
    framed,
    lock,
    open_name,
    ready_segments,
    sync_folder,
)

SEGMENT_BYTES = 4 << 20
Policy = Literal["drop_oldest", "refuse"]


class SpoolFullError(Exception):
    """No record can be taken: the spool holds what it may, or the disk has no room."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for the database: records and bytes, and the age of the oldest, in seconds."""

    records: int
    size: int
    oldest_s: float


class _File:
    """The file that is written to now; locked as long as its worker lives."""

    def __init__(self, folder: Path, began_ms: int, writer: str) -> None:
        self.began_ms, self.writer = began_ms, writer
        self.path = folder / open_name(began_ms, writer)
        hidden = self.path.with_suffix(".new")  # nobody adopts it before it is locked
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self.descriptor = os.open(hidden, flags, 0o600)
        lock(self.descriptor)
        hidden.rename(self.path)
        self.size = self.records = self.synced = 0

    def append(self, content: bytes, records: int) -> None:
        """Append all of it, or nothing where that fails; raise OSError then."""
        written = 0
        try:
            while written < len(content):
                written += os.write(self.descriptor, content[written:] if written else content)
        except OSError:
            if written:
                os.ftruncate(self.descriptor, self.size)
            raise
        self.size += len(content)
        self.records += records

    def sync(self) -> None:
        """Bring what was written to disk."""
        if self.synced < self.size:
            size = self.size
            os.fdatasync(self.descriptor)
            if not self.synced:  # its name is on disk only when its folder is
                sync_folder(self.path.parent)
            self.synced = size

    def finish(self) -> None:
        """Bring it to disk and hand it on; an empty one is removed."""
        try:
            self.sync()
            if self.records:
                ready = Segment(self.began_ms, self.writer, self.records, self.size)
                self.path.rename(self.path.with_name(ready.name))
            else:
                self.path.unlink(missing_ok=True)
        finally:
            os.close(self.descriptor)


class Spool:
    """Takes records of one process; thread-safe. `lost` is told how many records were given up."""

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        policy: Policy,
        lost: Callable[[int], None],
        *,
        segment_bytes: int = SEGMENT_BYTES,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._policy = policy
        self._lost = lost
        self._segment_bytes = min(segment_bytes, max_bytes // 4)
        self._now = now
        self._lock = threading.Lock()
        self._writer = f"{os.getpid()}.{os.urandom(4).hex()}"
        self._began_ms = 0
        self._file: _File | None = None
        self._finished: list[_File] = []
        self._full = self._no_room = False

    def require_room(self) -> None:
        """Raise SpoolFullError where a record could not be taken and none may be lost."""
        if self._full and self._policy == "refuse":
            raise SpoolFullError

    def append(self, payloads: Sequence[bytes]) -> bool:
        """Write a request's records at once; return whether they were taken.

        Where the disk has no room they are lost, not older ones, whose callers have their ids.
        Under `refuse` raises SpoolFullError in place of losing them.
        """
        self.require_room()
        content = b"".join(map(framed, payloads))
        try:
            with self._lock:
                self._open_file(len(content)).append(content, len(payloads))
            return True
        except OSError:
            self._no_room = True
            if self._policy == "refuse":
                self._full = True
                raise SpoolFullError from None
            self._lost(len(payloads))
            return False

    def tick(self) -> Backlog:
        """Bring what was written to disk, hand it on, keep the bound; return what waits.

        While older files wait the drainer is behind, and the file goes on: an hour's backlog is a
        few hundred files. Raises OSError.
        """
        self._finish_full_files()
        waiting = ready_segments(self._folder)
        with self._lock:
            file = self._file
            if not waiting and file is not None and file.records:
                self._file = None
                self._finished.append(file)
                file = None
        if file is not None:
            file.sync()
        self._finish_full_files()
        return self._keep_bound(ready_segments(self._folder))

    def close(self) -> None:
        """Hand on everything; nothing may be appended after."""
        with self._lock:
            if self._file is not None:
                self._finished.append(self._file)
            self._file = None
        with suppress(OSError):  # the drainer adopts it then
            self._finish_full_files()

    def _open_file(self, more: int) -> _File:
        file = self._file
        if file is not None and file.records and file.size + more > self._segment_bytes:
            self._file = None
            self._finished.append(file)
            file = None
        if file is None:
            # Names of one worker never repeat, also where the clock stands or goes back.
            self._began_ms = max(self._began_ms + 1, int(self._now() * 1000))
            file = self._file = _File(self._folder, self._began_ms, self._writer)
        return file

    def _finish_full_files(self) -> None:
        while True:
            with self._lock:
                if not self._finished:
                    return
                file = self._finished.pop(0)
            file.finish()

    def _keep_bound(self, waiting: list[Segment]) -> Backlog:
        file = self._file
        size = sum(s.size for s in waiting) + (file.size if file is not None else 0)
        over = size - self._max_bytes
        if self._policy == "refuse":
            self._full = over > 0 or (self._no_room and self._full_disk())
        elif over > 0:
            size, waiting = self._drop(waiting, over, size)
        self._no_room = False
        records = sum(s.records for s in waiting) + (file.records if file is not None else 0)
        began = [s.began_ms for s in waiting] + ([file.began_ms] if file and file.records else [])
        oldest_s = max(0.0, self._now() - min(began) / 1000) if began else 0.0
        return Backlog(records, size, oldest_s)

    def _drop(self, waiting: list[Segment], over: int, size: int) -> tuple[int, list[Segment]]:
        """Lose the oldest files until so many bytes are free, but none that is being moved on."""
        kept = []
        for segment in waiting:
            if over > 0 and self._dropped(self._folder / segment.name):
                over -= segment.size
                size -= segment.size
                self._lost(segment.records)
            else:
                kept.append(segment)
        return size, kept

    def _dropped(self, path: Path) -> bool:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            if not lock(descriptor) or not path.exists():
                return False
            path.unlink()
            return True
        finally:
            os.close(descriptor)

    def _full_disk(self) -> bool:
        """Whether a record would still find no room."""
        trial = self._folder / f"{self._writer}.trial"
        try:
            trial.write_bytes(b"\0" * (64 << 10))
        except OSError:
            return True
        finally:
            with suppress(OSError):
                trial.unlink(missing_ok=True)
        return False
