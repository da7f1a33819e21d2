"""Mapped files: memory that is given back, and contents that stay."""

import mmap
import re
from pathlib import Path

from embedder.runtime.pages import release_pages

SIZE = 8 << 20


def resident(file: Path) -> int:
    """Return the kilobytes of `file`'s mapping that are in this process's memory."""
    maps = Path("/proc/self/smaps").read_text(encoding="utf-8")
    found = re.search(rf"{re.escape(str(file))}\n(?:\w+: .*\n)*?Rss: +(\d+) kB", maps)
    assert found, "the file is not mapped"
    return int(found[1])


def test_pages_of_a_mapped_file_go_and_come_back(tmp_path: Path) -> None:
    """What was read no longer counts as this process's memory; read again, it is the same."""
    file = tmp_path / "weights.bin"
    file.write_bytes(bytes(range(256)) * (SIZE // 256))
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as view:
        before = view[:]
        assert resident(file) == SIZE >> 10
        release_pages(file)
        assert resident(file) == 0
        assert view[:] == before


def test_what_was_written_into_a_mapping_is_kept(tmp_path: Path) -> None:
    """A private mapping that can be written keeps its changes: its pages cannot come back."""
    file = tmp_path / "weights.bin"
    file.write_bytes(bytes(SIZE))
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_COPY) as view:
        view[:4] = b"mine"
        release_pages(file)
        assert view[:4] == b"mine"
