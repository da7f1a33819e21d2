"""Add an ended worker's counts to those of all that ended before, so that no files pile up."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_KINDS = ("counter", "histogram", "summary")
_RETIRED = 0  # no worker has this process id


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keep counts from moving between files: who reads in between would see them twice."""
    with _locked(folder, fcntl.LOCK_SH):
        yield


def fold(folder: Path, pid: int) -> None:
    """Move the counts of worker `pid`, which writes no more, to the file of the ended.

    The first one's file becomes that file: its blocks are on disk already, and a full disk stops
    nothing. A folder or file that is gone is no error.
    """
    if not folder.is_dir():
        return
    with _locked(folder, fcntl.LOCK_EX):
        for kind in _KINDS:
            own, retired = folder / f"{kind}_{pid}.db", folder / f"{kind}_{_RETIRED}.db"
            if own.exists() and retired.exists():
                _add(own, retired)
                own.unlink()
            elif own.exists():
                own.rename(retired)


def _add(own: Path, retired: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict

    values = MmapedDict(str(retired))  # type: ignore[no-untyped-call]
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(own)):  # type: ignore[no-untyped-call]
            before, _ = values.read_value(key)  # type: ignore[no-untyped-call]
            values.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
    finally:
        values.close()  # type: ignore[no-untyped-call]


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
