"""What is off is followed through files that cannot be read, and broken ones."""

from pathlib import Path

import pytest
import structlog

from heads.errors import UnreadableError
from heads.lifecycle.promotion import Author
from heads.lifecycle.switches import FILE, switch
from heads.registry.switchboard import Switchboard
from heads.storage.catalog import Blob
from heads.storage.folder import FolderCatalog

ANN = Author("ann")


class RefusingCatalog(FolderCatalog):
    """A catalog that refuses to read while it is told to, as a disk or a bucket may."""

    refuses = False

    def read(self, key: str, limit: int) -> Blob | None:
        """Read, or refuse to."""
        if self.refuses:
            raise UnreadableError("Input/output error")
        return super().read(key, limit)


def test_a_file_that_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    """The same file, unchanged, is taken as soon as it can be read; its trouble is logged once."""
    catalog = RefusingCatalog(tmp_path)
    board = Switchboard(catalog)
    assert board.look().rules == ()
    switch(catalog, "rule:empty", on=False, author=ANN)
    catalog.refuses = True
    with structlog.testing.capture_logs() as events:
        assert [board.look().rules for _ in "abc"] == [(), (), ()]
    assert [event["event"] for event in events] == ["switches_refused"]
    catalog.refuses = False
    assert board.look().rules == ("empty",)


@pytest.mark.parametrize("is_there", [False, True])
def test_a_missing_file_and_a_sound_one_are_read(tmp_path: Path, is_there: bool) -> None:
    """After one look it is known what is off: what the file says, or nothing."""
    catalog = FolderCatalog(tmp_path)
    if is_there:
        switch(catalog, "rule:empty", on=False, author=ANN)
    board = Switchboard(catalog)
    assert not board.is_read
    assert board.look().rules == (("empty",) if is_there else ())
    assert board.is_read


def test_what_was_read_stays_known_behind_a_broken_file(tmp_path: Path) -> None:
    """A broken file at the start is not known, one later changes nothing."""
    (tmp_path / FILE).write_text("broken")
    board = Switchboard(FolderCatalog(tmp_path))
    board.look()
    assert not board.is_read
    (tmp_path / FILE).unlink()
    switch(FolderCatalog(tmp_path), "rule:empty", on=False, author=ANN)
    assert board.look().rules == ("empty",)
    (tmp_path / FILE).write_text("broken again")
    assert board.look().rules == ("empty",)
    assert board.is_read
