"""The shadows' log: lines of JSON within a bound."""

import errno
import json
import os
import threading
from pathlib import Path

import pytest

from gateway.rollout.shadow_log import FILE, OLDER, ShadowLog, VersionAnswer


def test_flips_stay_within_their_bytes(tmp_path: Path) -> None:
    """The file and its predecessor together never pass the bound, and hold whole lines."""
    side = VersionAnswer("1", "yes", 0.5, False)
    writers = [ShadowLog(tmp_path, 4000) for _ in range(4)]

    def write(shadow_log: ShadowLog) -> None:
        for n in range(100):
            shadow_log.add(str(n), "intent", side, side)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = [tmp_path / FILE, tmp_path / OLDER]
    assert sum(path.stat().st_size for path in files) <= 4000
    for path in files:
        assert all(json.loads(line)["head"] == "intent" for line in path.read_text().splitlines())


@pytest.mark.parametrize("room", [0, 50])
def test_a_line_that_finds_no_room_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """Of a line that fits in part no part stays: readers find whole lines."""
    side = VersionAnswer("1", "yes", 0.5, False)
    shadow_log = ShadowLog(tmp_path, 4000)
    shadow_log.add("1", "intent", side, side)
    write = os.write

    def write_a_part(descriptor: int, content: bytes) -> int:
        if room == 0:
            raise OSError(errno.ENOSPC, "")
        return write(descriptor, content[:room])

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write_a_part)
        with pytest.raises(OSError, match=f"Errno {errno.ENOSPC}"):
            shadow_log.add("2", "intent", side, side)
    shadow_log.add("3", "intent", side, side)
    ids = [json.loads(line)["id"] for line in (tmp_path / FILE).read_text().splitlines()]
    assert ids == ["1", "3"]


def test_a_folder_that_cannot_be_made_costs_rows_only(tmp_path: Path) -> None:
    """The log can be opened; a row tells."""
    (tmp_path / "file").touch()
    side = VersionAnswer("1", "yes", 0.5, False)
    shadow_log = ShadowLog(tmp_path / "file" / "folder", 4000)
    with pytest.raises(NotADirectoryError):
        shadow_log.add("1", "intent", side, side)
