"""A catalog for tests whose looks wait until they are let through."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from heads.storage.folder import FolderCatalog
from tests.support.waiting import WAIT_S


class GatedCatalog(FolderCatalog):
    """A folder far away, whose looks wait for `gate`; `lookers` are the threads that looked.

    What `while_looking` raises, a look raises.
    """

    is_local = False

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.lookers: list[str] = []
        self.while_looking: Callable[[], None] = lambda: None

    def stamps(self, pattern: str) -> Mapping[str, str]:
        """See Files."""
        self.lookers.append(threading.current_thread().name)
        self.entered.release()
        assert self.gate.wait(WAIT_S)
        self.while_looking()
        return super().stamps(pattern)
