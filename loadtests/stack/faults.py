"""Swap a head, or kill the embedder, while a scenario runs."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from heads.errors import ConflictError
from heads.lifecycle.promotion import Author, promote
from heads.storage.folder import FolderCatalog
from loadtests.measurement.usage import UsageSampler
from loadtests.stack.catalogs import SHIPPED, production_versions
from loadtests.stack.stack import Stack
from loadtests.traffic.scenarios import Event

SWAPS_EVERY_S = 2.0
OTHER_VERSION = "9999"
LOST, BACK = "embedder killed", "embedder ready"


@dataclass(frozen=True)
class Faults:
    """Causes faults and changes on a stack; `events` are when (seconds of the epoch) and what."""

    stack: Stack
    catalog: Path
    seconds: float
    swaps_every_s: float = SWAPS_EVERY_S
    events: list[tuple[float, str]] = field(default_factory=list)

    @contextmanager
    def during(self, event: Event | None, sampler: UsageSampler) -> Iterator[None]:
        """Cause the event from a thread while the block runs; None causes nothing."""
        over = threading.Event()
        acts: dict[Event, Callable[[threading.Event, UsageSampler], None]] = {
            "head-swap": self._swap_heads,
            "embedder-loss": self._lose_embedder,
        }
        if event is None:
            yield
            return
        actor = threading.Thread(target=acts[event], args=(over, sampler))
        actor.start()
        try:
            yield
        finally:
            over.set()
            actor.join()

    def _swap_heads(self, over: threading.Event, _: UsageSampler) -> None:
        catalog, author = FolderCatalog(self.catalog), Author("loadtests")
        versions = [OTHER_VERSION, production_versions(self.catalog)["intent"]]
        while not over.wait(self.swaps_every_s):
            try:
                promote(catalog, "intent", versions[0], "production", author)
            except ConflictError:  # somebody else changed the roles first: try again next time
                self._note(f"intent was not swapped to version {versions[0]}: changed meanwhile")
                continue
            self._note(f"intent is now version {versions[0]}")
            versions.reverse()

    def _lose_embedder(self, over: threading.Event, sampler: UsageSampler) -> None:
        over.wait(self.seconds / 3)
        self.stack.services["embedder"].stop(signal.SIGKILL)
        self._note(LOST)
        over.wait(self.seconds / 6)
        self.stack.start("embedder")
        self._note(BACK)
        sampler.follow("embedder", self.stack.services["embedder"].pid)

    def _note(self, what: str) -> None:
        self.events.append((time.time(), what))


def swappable_catalog(folder: Path) -> Path:
    """Copy the shipped catalog, with `intent`'s serving version once more as OTHER_VERSION."""
    shutil.copytree(SHIPPED, folder)
    serving = production_versions(folder)["intent"]
    other = folder / "intent" / OTHER_VERSION
    shutil.copytree(folder / "intent" / serving, other)
    manifest = other / "head.toml"
    text = manifest.read_text(encoding="utf-8")
    renamed = text.replace(f'version = "{serving}"', f'version = "{OTHER_VERSION}"', 1)
    manifest.write_text(renamed, encoding="utf-8")
    return folder
