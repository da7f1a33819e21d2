"""What goes wrong, or is changed, while a scenario runs: heads swapped, the embedder lost."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from heads.folder import FolderCatalog
from heads.lifecycle import Author, promote
from loadtests.bench.catalogs import SHIPPED, production_versions
from loadtests.scenarios import Event
from loadtests.stack import Stack
from loadtests.watch import Watch

SWAPS_EVERY_S = 2.0
OTHER_VERSION = "9999"
LOST, BACK = "embedder killed", "embedder ready"


@dataclass(frozen=True)
class Happenings:
    """Makes events happen on a stack and keeps when (seconds of the epoch) and what they were."""

    stack: Stack
    catalog: Path
    seconds: float
    happened: list[tuple[float, str]] = field(default_factory=list)

    @contextmanager
    def during(self, event: Event | None, watch: Watch) -> Iterator[None]:
        """The event's thread runs inside; it ends with it."""
        over = threading.Event()
        acts: dict[Event, Callable[[threading.Event, Watch], None]] = {
            "head-swap": self._swap_heads,
            "embedder-loss": self._lose_embedder,
        }
        if event is None:
            yield
            return
        actor = threading.Thread(target=acts[event], args=(over, watch))
        actor.start()
        try:
            yield
        finally:
            over.set()
            actor.join()

    def _swap_heads(self, over: threading.Event, _: Watch) -> None:
        catalog, author = FolderCatalog(self.catalog), Author("loadtests")
        versions = [OTHER_VERSION, production_versions(self.catalog)["intent"]]
        while not over.wait(SWAPS_EVERY_S):
            promote(catalog, "intent", versions[0], "production", author)
            self._note(f"intent is now version {versions[0]}")
            versions.reverse()

    def _lose_embedder(self, over: threading.Event, watch: Watch) -> None:
        over.wait(self.seconds / 3)
        self.stack.services["embedder"].stop(signal.SIGKILL)
        self._note(LOST)
        over.wait(self.seconds / 6)
        self.stack.start("embedder")
        self._note(BACK)
        watch.follow("embedder", self.stack.services["embedder"].pid)

    def _note(self, what: str) -> None:
        self.happened.append((time.time(), what))


def own_catalog(folder: Path) -> Path:
    """The shipped heads, and `intent`'s serving version once more under another name."""
    shutil.copytree(SHIPPED, folder)
    serving = production_versions(folder)["intent"]
    other = folder / "intent" / OTHER_VERSION
    shutil.copytree(folder / "intent" / serving, other)
    manifest = other / "head.toml"
    text = manifest.read_text(encoding="utf-8")
    renamed = text.replace(f'version = "{serving}"', f'version = "{OTHER_VERSION}"', 1)
    manifest.write_text(renamed, encoding="utf-8")
    return folder
