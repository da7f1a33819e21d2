"""Follows a catalog folder and swaps whole snapshots; what fails to load leaves the old one."""

from __future__ import annotations

import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from heads import aliases
from heads.errors import AliasError, BundleError
from heads.head import Head
from heads.manifest import NAME, VERSION
from heads.snapshot import Entry, Snapshot

log = structlog.get_logger(__name__)

OnSwap = Callable[[Snapshot, float], None]
_Signature = tuple[tuple[str, int, int, int], ...]
_NAME = re.compile(NAME)
_VERSION = re.compile(VERSION)


class Registry:
    """The heads in production in `catalog`, live; every method is thread-safe.

    `poll()` looks once; `start()` keeps looking every `poll_interval_s` in a daemon thread.
    Snapshots that were replaced still answer pinned versions for `retain_s`. `on_swap` gets each
    new snapshot and the seconds it took to load. Make it after a fork, not before.
    """

    def __init__(
        self,
        catalog: Path,
        *,
        poll_interval_s: float = 0.5,
        retain_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        on_swap: OnSwap | None = None,
    ) -> None:
        self._catalog = catalog
        self._poll_interval_s = poll_interval_s
        self._retain_s = retain_s
        self._clock = clock
        self._on_swap = on_swap
        self._polling = threading.RLock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: dict[str, _Signature] = {}
        self._current = Snapshot({})
        self._unusable: set[tuple[str, str]] = set()
        self._retired: deque[tuple[float, Snapshot]] = deque()
        self._polled_at: float | None = None

    def start(self) -> None:
        """Load what is there, then follow it in the background; once is enough, twice is fine."""
        with self._polling:
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._follow, name="heads-registry", daemon=True)
        self.poll()
        self._thread.start()

    def close(self) -> None:
        """Stop following; what is loaded goes on answering."""
        self._stopped.set()
        thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join(timeout=5)

    def current(self) -> Snapshot:
        """What production serves now; looks once if nobody has looked yet."""
        if self._polled_at is None:
            self.poll()
        return self._current

    def idle_s(self) -> float:
        """Seconds since the last finished look; infinite before the first."""
        return float("inf") if self._polled_at is None else self._clock() - self._polled_at

    def locate(self, name: str, version: str) -> tuple[Snapshot, int] | None:
        """The newest snapshot that serves this version ("" = production), and the place in it."""
        current = self.current()
        position = current.position(name, version)
        if position is not None:
            return current, position
        for _, snapshot in reversed(self._retired.copy()) if version else ():
            position = snapshot.position(name, version)
            if position is not None:
                return snapshot, position
        return None

    def recall(self, name: str, version: str) -> bool:
        """Load a pinned version that this process never saw in production; True if it could.

        Two promotions may follow each other faster than a worker looks, or a worker be new: the
        caller learnt of the version from another one. It stays for `retain_s`, as if retired.
        """
        folder = self._catalog / name / version
        if not (_NAME.match(name) and _VERSION.match(version) and folder.is_dir()):
            return False
        with self._polling:
            if self.locate(name, version) is None and (name, version) not in self._unusable:
                try:
                    found = Snapshot({name: Entry(name, Head.load(folder))})
                    self._retired.append((self._clock(), found))
                except BundleError as error:
                    self._unusable.add((name, version))
                    log.error("head_refused", head=name, version=version, error=str(error))
            return self.locate(name, version) is not None

    def poll(self) -> bool:
        """Look once; True if a new snapshot went live. Never raises for what the folder holds."""
        with self._polling:
            started = self._clock()
            self._forget(started)
            try:
                changed = self._refresh(started)
            except OSError as error:
                log.warning("catalog_unreadable", catalog=str(self._catalog), error=str(error))
                changed = False
            self._polled_at = self._clock()
            return changed

    def _follow(self) -> None:
        while not self._stopped.wait(self._poll_interval_s):
            try:
                self.poll()
            except Exception:  # a bug in one look must not end all looking
                log.exception("catalog_poll_failed", catalog=str(self._catalog))

    def _refresh(self, started: float) -> bool:
        old = self._current.entries
        signatures = {name: self._signature(name, old.get(name)) for name in self._names()}
        if signatures == self._seen:
            return False
        entries: dict[str, Entry] = {}
        seen: dict[str, _Signature] = {}
        for name, signature in signatures.items():
            if signature == self._seen.get(name):
                entry, seen[name] = old.get(name), signature
            else:
                entry, seen[name] = self._entry(name, old.get(name))
            if entry is not None:
                entries[name] = entry
        self._unusable.clear()
        changed = self._publish(Snapshot(entries), started)
        self._seen = seen
        return changed

    def _publish(self, snapshot: Snapshot, started: float) -> bool:
        old = self._current
        if snapshot.head_set == old.head_set:
            return False
        self._retired.append((started, old))
        self._current = snapshot
        took_s = self._clock() - started
        log.info(
            "heads_swapped",
            generation=snapshot.head_set.generation,
            serving={head.name: head.version for head in snapshot.stack.heads},
            refused=sorted(snapshot.refused),
            took_ms=round(took_s * 1000, 1),
        )
        if self._on_swap is not None:
            self._on_swap(snapshot, took_s)
        return True

    def _entry(self, name: str, old: Entry | None) -> tuple[Entry | None, _Signature]:
        """The head as its aliases now want it; the old one with the reason if that fails.

        The signature is taken before anything is read: a later change cannot be missed.
        """
        version = ""
        signature = refused = self._signature(name, None)
        try:
            version = aliases.read(self._catalog / name).production or ""
            if not version:
                return None, signature
            refused = self._signature(name, Entry(name, None, version, "being read"))
            return Entry(name, self._loaded(name, version, old)), signature
        except (BundleError, AliasError) as error:
            reason = str(error)
        except Exception as error:
            log.exception("head_load_broke", head=name, version=version)
            reason = f"{type(error).__name__}: {error}"
        log.error("head_refused", head=name, version=version, error=reason)
        entry = Entry(name, old.head if old else None, version, f"version {version}: {reason}")
        return entry, refused

    def _loaded(self, name: str, version: str, old: Entry | None) -> Head:
        head = Head.load(self._catalog / name / version)
        same = old is not None and old.head is not None and old.head.digest == head.digest
        return old.head if same and old is not None and old.head is not None else head

    def _names(self) -> list[str]:
        with os.scandir(self._catalog) as found:
            return sorted(
                entry.name
                for entry in found
                if _NAME.match(entry.name) and entry.is_dir(follow_symlinks=False)
            )

    def _signature(self, name: str, entry: Entry | None) -> _Signature:
        """Stat of aliases.json, and of the wanted version's files while that is refused."""
        folder = self._catalog / name
        paths = [folder / aliases.FILE]
        if entry is not None and entry.refused_version:
            wanted = folder / entry.refused_version
            paths += sorted(wanted.iterdir()) if wanted.is_dir() else []
        return tuple(_stat(path) for path in paths)

    def _forget(self, now: float) -> None:
        while self._retired and now - self._retired[0][0] > self._retain_s:
            self._retired.popleft()


def _stat(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (path.name, 0, 0, 0)
    return (path.name, found.st_mtime_ns, found.st_size, found.st_ino)
