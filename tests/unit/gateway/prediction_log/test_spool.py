"""The spool: files that outlive their writer, torn ends, bounds, and what is handed on when."""

import errno
import os
from pathlib import Path

import pytest

from gateway.prediction_log.segments import (
    adopt_dead,
    framed,
    parse_ready,
    read_segment,
    ready_segments,
)
from gateway.prediction_log.spool import Policy, Spool, SpoolFullError


def spool(folder: Path, policy: Policy = "drop_oldest", max_bytes: int = 1 << 20) -> Spool:
    """Return a spool that counts what it lost in `LOST`."""
    LOST.clear()
    return Spool(folder, max_bytes, policy, LOST.append, now=lambda: 100.0)


LOST: list[int] = []


def payloads(folder: Path) -> list[bytes]:
    """Return all records that are ready, oldest first."""
    files = [folder / segment.name for segment in ready_segments(folder)]
    return [payload for file in files for payload in read_segment(file).payloads]


def test_a_record_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    """Nothing waits in the process: the file has it before anything else happens."""
    taken = spool(tmp_path).append([b'{"id":"1"}', b'{"id":"2"}'])

    (file,) = tmp_path.glob("*.open")
    assert taken
    assert file.read_bytes() == framed(b'{"id":"1"}') + framed(b'{"id":"2"}')


def test_a_tick_hands_on_what_was_written(tmp_path: Path) -> None:
    """The name of a ready file says how many records and bytes wait; an empty file is no file."""
    own = spool(tmp_path)
    own.tick()
    own.append([b"{}", b"{}"])
    backlog = own.tick()

    (ready,) = ready_segments(tmp_path)
    assert (ready.records, ready.size) == (2, (tmp_path / ready.name).stat().st_size)
    assert (backlog.records, backlog.size, backlog.oldest_s) == (2, ready.size, 0.0)
    assert parse_ready(ready.name) == ready


def test_while_the_drainer_is_behind_files_grow(tmp_path: Path) -> None:
    """A second of records makes a file only where none waits: a backlog is few files."""
    own = spool(tmp_path)
    for number in range(50):
        own.append([b'{"n":%d}' % number])
        own.tick()

    assert len(list(tmp_path.iterdir())) == 2
    own.close()
    assert payloads(tmp_path) == [b'{"n":%d}' % number for number in range(50)]


def test_the_file_of_a_dead_writer_is_adopted_and_that_of_a_living_is_not(tmp_path: Path) -> None:
    """A lock tells them apart: it ends with its process, however that ends."""
    own = spool(tmp_path)
    own.append([b"{}"])
    assert adopt_dead(tmp_path) == 0

    assert own._file is not None
    os.close(own._file.descriptor)  # as the kernel does when a process is killed
    assert adopt_dead(tmp_path) == 1
    assert payloads(tmp_path) == [b"{}"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_torn_end_costs_the_record_that_it_tore(tmp_path: Path, cut: int) -> None:
    """Whatever a power failure cuts off a file, whole records before it are read."""
    file = tmp_path / "torn"
    file.write_bytes((framed(b'{"id":"1"}') + framed(b'{"id":"2"}'))[:-cut])
    content = read_segment(file)

    assert list(content.payloads) == [b'{"id":"1"}'] + [b'{"id":"2"}'] * (cut == 1)
    assert content.broken == (cut > 1)


def test_a_changed_byte_costs_its_record_alone(tmp_path: Path) -> None:
    """A checksum stands before each record, and reading goes on behind one that is wrong."""
    file = tmp_path / "changed"
    file.write_bytes(framed(b'{"id":"1"}').replace(b"1}", b"7}")[:-3] + b"7}\n" + framed(b"{}"))
    content = read_segment(file)

    assert (list(content.payloads), content.broken) == ([b"{}"], 1)


def test_blocks_that_a_power_failure_left_empty_are_no_records(tmp_path: Path) -> None:
    """Zeros at the end of a file, as some file systems leave them, count as nothing."""
    file = tmp_path / "zeros"
    file.write_bytes(framed(b"{}") + b"\0" * 4096)

    assert read_segment(file).broken == 0
    assert list(read_segment(file).payloads) == [b"{}"]


def test_a_write_that_fails_half_way_leaves_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under `drop_oldest` the record is lost and counted, and the next one is whole."""
    own = spool(tmp_path)
    own.append([b'{"id":"1"}'])
    write = os.write

    def half(descriptor: int, content: bytes) -> int:
        if len(content) < 9:
            raise OSError(errno.ENOSPC, "")
        return write(descriptor, content[:9])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", half)
        assert not own.append([b'{"id":"2"}'])
    own.append([b'{"id":"3"}'])
    own.close()

    assert LOST == [1]
    assert payloads(tmp_path) == [b'{"id":"1"}', b'{"id":"3"}']


def test_a_full_spool_loses_the_oldest_and_counts_them(tmp_path: Path) -> None:
    """Under `drop_oldest` the newest stay, within the bound."""
    own = spool(tmp_path, max_bytes=4_000)
    for number in range(100):
        own.append([b'{"n":%d,"x":"%b"}' % (number, b"x" * 80)])
        own.tick()
    own.close()

    kept = payloads(tmp_path)
    assert sum(LOST) + len(kept) == 100
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 4_000 + 1_200
    assert kept[-1].startswith(b'{"n":99,')


def test_a_full_spool_refuses_until_there_is_room(tmp_path: Path) -> None:
    """Under `refuse` nothing is lost: a request is told at once."""
    own = spool(tmp_path, "refuse", max_bytes=2_000)
    for _ in range(10):
        own.append([b"x" * 250])
    own.tick()
    with pytest.raises(SpoolFullError):
        own.require_room()
    with pytest.raises(SpoolFullError):
        own.append([b"{}"])

    for file in tmp_path.glob("*.ready"):
        file.unlink()  # as the drainer does
    own.tick()
    own.require_room()
    assert LOST == []
