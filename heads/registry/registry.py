"""Follows a catalog and swaps whole snapshots; what fails to load leaves the old one."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from heads.bundle.loading import load_head
from heads.errors import BundleError, CatalogError
from heads.inference.head import Head
from heads.lifecycle import aliases
from heads.manifest import NAME, VERSION
from heads.registry.follower import PATIENCE_S, Follower
from heads.registry.loader import Loader, RefusedStamps
from heads.registry.outage import Outage
from heads.registry.search import VersionSearch
from heads.registry.snapshot import Ref, Roles, RoleState, Snapshot
from heads.registry.switchboard import Switchboard
from heads.storage.catalog import Catalog
from heads.storage.opening import open_catalog
from trunkline.memory import trim_heap

log = structlog.get_logger(__name__)

OnSwap = Callable[[Snapshot, float], None]
_Signature = tuple[str, RefusedStamps]
_VANISHED: _Signature = ("", ())
_NAME = re.compile(NAME)
_VERSION = re.compile(VERSION)


class Registry:
    """The heads in `catalog` that have a role, live; every method is thread-safe.

    `poll()` looks once; `start()` keeps looking every `poll_interval_s` in a daemon thread, which
    then looks for requests, too. Versions that lost their last role still answer pinned calls for
    `retain_s`. `on_swap` gets each new snapshot and the seconds it took to load. Make it after a
    fork, not before.
    """

    def __init__(
        self,
        catalog: Path | str | Catalog,
        *,
        poll_interval_s: float = 0.25,
        retain_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        on_swap: OnSwap | None = None,
    ) -> None:
        self._catalog = open_catalog(catalog)
        self._loader = Loader(self._catalog)
        self._outage = Outage(self._catalog)
        self._switchboard = Switchboard(self._catalog)
        self.max_age_s = 2 * poll_interval_s
        self._retain_s = retain_s
        self._clock = clock
        self._on_swap = on_swap
        self._polling = threading.RLock()
        self._follower = Follower(self._look, poll_interval_s)
        self._followed = False
        self._search = VersionSearch(self._follower, self._knows, self.recall, clock)
        self._seen: dict[str, _Signature] = {}
        self._current = Snapshot({})
        self._unusable: set[tuple[str, str]] = set()
        # Read without the lock: replaced whole, never changed.
        self._retired: tuple[tuple[float, Snapshot], ...] = ()
        self._polled_at: float | None = None
        self._had_all = False
        self._ended_at: float | None = None  # when the last look ended, however it did

    def start(self) -> None:
        """Load what is there, then follow it in the background; once is enough, twice is fine."""
        with self._polling:
            started, self._followed = self._followed, True
        if not started:
            self._look()
            self._follower.start()

    def close(self) -> None:
        """Stop following; what is loaded goes on answering."""
        self._follower.stop()

    def current(self) -> Snapshot:
        """Return what production serves, looked at within `max_age_s`, two intervals.

        Looks itself before the first answer, and where the thread that looks was held up: a
        process that was stopped for a while does not answer from what was true before. While
        another thread looks, it does not wait: new heads may take a while to load. Nor does it
        wait for a catalog that is not local: there it wakes the thread.
        """
        known = self.known()
        if known is not None:
            return known
        if not self._followed or self._ended_at is None:
            self.poll()
        elif self._catalog.is_local:
            self._look_unless_looking()
        else:
            self._follower.wake()
        return self._current

    def known(self) -> Snapshot | None:
        """Return what `current` would without a look; None where one is due."""
        is_due = self._is_overdue() if self._followed else self._polled_at is None
        return None if is_due else self._current

    def newest(self) -> Snapshot:
        """Return what production serves after a look that begins now, or after PATIENCE_S."""
        if self._follower.is_running:
            self._follower.await_look()
        else:
            self.poll()
        return self._current

    def look_for(self, refs: Sequence[Ref], patience_s: float = PATIENCE_S) -> None:
        """Look for versions that are not known here, and load what has no role; see `recall`.

        Waits for the thread that looks, if there is one, `patience_s` and PATIENCE_S at most.
        """
        if self._follower.is_running:
            self._search.wait(refs, patience_s)
        else:
            self.poll()
            self._search.recall(refs)

    def retired(self) -> tuple[Snapshot, ...]:
        """Return versions without a role that still answer pinned calls, alone, oldest first."""
        return tuple(snapshot for _, snapshot in self._retired)

    def idle_s(self) -> float:
        """Return the seconds since the last finished look; infinite before the first."""
        return float("inf") if self._polled_at is None else self._clock() - self._polled_at

    def never_loaded(self) -> tuple[str, ...]:
        """Return production's heads that could never be loaded here.

        Once all of them were, none: what fails later leaves what was there before.
        """
        heads = self.current().head_set.heads
        if self._had_all:
            return ()
        return tuple(sorted(name for name, head in heads.items() if head.status == "failed"))

    def has_read_switches(self) -> bool:
        """Whether it is known what is switched off; until then nothing is."""
        return self._switchboard.is_read

    def locate(self, name: str, version: str) -> tuple[Snapshot, int] | None:
        """Return the newest snapshot with this version ("" = production), and where in it."""
        return self._locate(self.current(), name, version)

    def recall(self, name: str, version: str) -> bool:
        """Load a pinned version that this process never saw with a role; True if it could.

        A worker may be new, or two promotions be faster than its looks: the caller learnt of the
        version from another. It stays for `retain_s`, as if retired. May raise CatalogError.
        """
        if not (_NAME.match(name) and _VERSION.match(version)):
            return False
        with self._polling:
            if self.locate(name, version) is None and (name, version) not in self._unusable:
                try:
                    if not self._catalog.stamps(f"{name}/{version}/head.toml"):
                        return False
                    self._retire(load_head(self._catalog, name, version), self._clock())
                except BundleError as error:
                    self._unusable.add((name, version))
                    log.error("head_refused", head=name, version=version, error=str(error))
                except CatalogError as error:
                    self._outage.met(error)
                    raise
            return self.locate(name, version) is not None

    def poll(self) -> bool:
        """Look once; True if a new snapshot went live. Never raises for what the folder holds."""
        with self._polling:
            started = self._clock()
            self._forget(started)
            try:
                changed = self._refresh(started)
                self._outage.over()
            except CatalogError as error:
                self._outage.met(error)
                changed = False
            finally:
                self._ended_at = self._clock()
            if changed:
                trim_heap()
            self._polled_at = self._clock()
            return changed

    def _locate(self, current: Snapshot, name: str, version: str) -> tuple[Snapshot, int] | None:
        position = current.position(name, version)
        if position is not None:
            return current, position
        for _, snapshot in reversed(self._retired) if version else ():
            position = snapshot.position(name, version)
            if position is not None:
                return snapshot, position
        return None

    def _knows(self, name: str, version: str) -> bool:
        return self._locate(self._current, name, version) is not None

    def _is_overdue(self) -> bool:
        """Whether no look ended within `max_age_s`; a slow or failed one is not made up for."""
        return self._ended_at is None or self._clock() - self._ended_at > self.max_age_s

    def _look_unless_looking(self) -> None:
        if self._polling.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._polling.release()

    def _look(self) -> None:
        try:
            self.poll()
            self._search.recall_sought()
        except Exception:  # a bug in one look must end neither all looking nor a request
            log.exception("catalog_poll_failed", catalog=str(self._catalog))

    def _refresh(self, started: float) -> bool:
        old = self._current.roles
        signatures = {
            name: (stamp, self._refused_stamps(name, old.get(name)))
            for name, stamp in self._heads().items()
        }
        for name in sorted(old.keys() - signatures.keys()):
            if self._loader.has_versions(name):  # the file went, not the head
                signatures[name] = _VANISHED
        switches = self._switchboard.look()
        if signatures == self._seen and switches.off.keys() == self._current.switches.off.keys():
            return False
        known = (self._current, *self.retired())
        loaded = {head.digest: head for snapshot in known for head in snapshot.stack.heads}
        roles: dict[str, Roles] = {}
        seen: dict[str, _Signature] = {}
        for name, signature in signatures.items():
            if signature == self._seen.get(name):
                head_roles, seen[name] = old.get(name), signature
            elif signature == _VANISHED:
                head_roles, seen[name] = self._loader.vanished(name, old[name]), signature
            else:
                head_roles, refused = self._loader.roles(name, old.get(name), loaded)
                seen[name] = (signature[0], refused)
            if head_roles is not None:
                roles[name] = head_roles
        self._unusable.clear()
        changed = self._publish(Snapshot(roles, switches), started)
        self._seen = seen
        return changed

    def _publish(self, snapshot: Snapshot, started: float) -> bool:
        old = self._current
        if snapshot.head_set == old.head_set:
            return False
        for head in old.stack.heads:
            if snapshot.position(head.name, head.version) is None:
                self._retire(head, started)
        self._current = snapshot
        heads = snapshot.head_set.heads.values()
        complete = bool(heads) and all(head.status != "failed" for head in heads)
        self._had_all = self._had_all or complete
        took_s = self._clock() - started
        log.info("heads_swapped", **snapshot.for_logs(), took_ms=round(took_s * 1000, 1))
        if self._on_swap is not None:
            self._on_swap(snapshot, took_s)
        return True

    def _retire(self, head: Head, now: float) -> None:
        """Keep what no role has any more, each version once and alone: not whole snapshots."""
        alone = Snapshot({head.name: Roles(production=RoleState(head.name, head))})
        others = (r for r in self._retired if r[1].position(head.name, head.version) is None)
        self._retired = (*others, (now, alone))

    def _heads(self) -> dict[str, str]:
        """Map head names to the stamps of their aliases, taken before anything is read."""
        stamps = self._catalog.stamps(f"*/{aliases.FILE}")
        by_name = {key.split("/")[0]: stamp for key, stamp in stamps.items()}
        return {name: by_name[name] for name in sorted(by_name) if _NAME.match(name)}

    def _refused_stamps(self, name: str, roles: Roles | None) -> RefusedStamps:
        """Stamp the files of versions that are refused: a repaired bundle is tried again."""
        states = roles.taken() if roles is not None else ()
        wanted = {state.refused_version for _, state in states if state.refused_version}
        return tuple((version, self._loader.stamps(name, version)) for version in sorted(wanted))

    def _forget(self, now: float) -> None:
        self._retired = tuple(
            retired for retired in self._retired if now - retired[0] <= self._retain_s
        )
