"""The files of the spool: their names, their lines with a checksum each, and how they are read."""

import fcntl
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OPEN = ".open"
READY = ".ready"
_HEAD_BYTES = 9  # eight hexadecimal digits and a space


@dataclass(frozen=True, order=True)
class Segment:
    """A file of records that no worker writes to any more, oldest first in order.

    Its name holds the millisecond it was begun, who wrote it, and how much is in it, so that a
    backlog is known from a listing.
    """

    began_ms: int
    writer: str
    records: int
    size: int

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.began_ms:013d}-{self.writer}-{self.records}-{self.size}{READY}"


def parse_ready(name: str) -> Segment | None:
    """Return what a ready file's name says; None for any other file."""
    parts = name.removesuffix(READY).split("-")
    if not name.endswith(READY) or len(parts) != 4:
        return None
    began, writer, records, size = parts
    if not (began.isdigit() and records.isdigit() and size.isdigit()):
        return None
    return Segment(int(began), writer, int(records), int(size))


def open_name(began_ms: int, writer: str) -> str:
    """Return the name of a file that a worker writes to."""
    return f"{began_ms:013d}-{writer}{OPEN}"


def began_and_writer(name: str) -> tuple[int, str]:
    """Return both parts of an open file's name; raise ValueError for any other."""
    began, dash, writer = name.removesuffix(OPEN).partition("-")
    if not dash or not began.isdigit() or "-" in writer:
        raise ValueError("not a name of the spool's")
    return int(began), writer


def framed(payload: bytes) -> bytes:
    """Return a record as its line: the checksum of its JSON, the JSON, a line feed."""
    return b"%08x %b\n" % (zlib.crc32(payload), payload)


@dataclass(frozen=True)
class SegmentContent:
    """A file's whole records, in order, and how many lines are none: torn, or changed on disk."""

    payloads: Sequence[bytes]
    broken: int


def read_segment(path: Path) -> SegmentContent:
    """Read a file that nobody writes to; what a power failure left torn is counted, not raised."""
    payloads: list[bytes] = []
    broken = 0
    for line in path.read_bytes().split(b"\n"):
        if not line.strip(b"\0"):  # nothing, or blocks that a power failure left empty
            continue
        payload = line[_HEAD_BYTES:]
        if line[:_HEAD_BYTES] == b"%08x " % zlib.crc32(payload):
            payloads.append(payload)
        else:
            broken += 1
    return SegmentContent(payloads, broken)


def lock(descriptor: int) -> bool:
    """Lock an open file for this process alone, without waiting; return whether that worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def wait_for_lock(path: Path) -> Iterator[None]:
    """Hold the lock that this file stands for, when whoever has it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Bring the names of a folder's files to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ready_segments(folder: Path) -> list[Segment]:
    """Return the files that wait for the database, oldest first."""
    return sorted(filter(None, map(parse_ready, _names(folder))))


def adopt_dead(folder: Path) -> int:
    """Make ready what dead workers left; return how many files that were.

    A worker's lock on its file ends with it, however it ends. Raises OSError.
    """
    return sum(_adopt(folder / name) for name in _names(folder) if name.endswith(OPEN))


def _adopt(path: Path) -> bool:
    try:
        began_ms, writer = began_and_writer(path.name)
        descriptor = os.open(path, os.O_RDONLY)
    except (ValueError, FileNotFoundError):
        return False
    try:
        if not lock(descriptor) or not path.exists():
            return False
        content = read_segment(path)
        size = path.stat().st_size
        if content.payloads or content.broken:
            ready = Segment(began_ms, writer, len(content.payloads), size)
            path.rename(path.with_name(ready.name))
        else:
            path.unlink()
        return True
    finally:
        os.close(descriptor)


def _names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        yield from [entry.name for entry in entries]
