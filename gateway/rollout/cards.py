"""Shows what a catalog holds of heads' versions: cards, the gate's pictures, the journal."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from heads.errors import CatalogError, UnreadableError
from heads.lifecycle.audit import AuditEntry, entries
from heads.manifest import NAME, VERSION
from heads.storage.catalog import Catalog
from heads.storage.opening import open_catalog

_NAME, _VERSION = re.compile(NAME), re.compile(VERSION)
PICTURES = ("confusion.png", "reliability.png", "risk_coverage.png")
_CARD = "README.md"
_MOST_BYTES = 4 << 20


class CatalogAwayError(Exception):
    """The catalog cannot be reached."""


class Cards:
    """Reads a catalog at `address`, a folder or a bucket, and never writes it."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opening = threading.Lock()
        self._opened: Catalog | None = None

    def versions(self, head: str) -> Sequence[str]:
        """Return the versions with a card, the newest last; none of an unknown head.

        Raises CatalogAwayError, as every method does.
        """
        if not _NAME.fullmatch(head):
            return ()
        with _as_away():
            keys = self._catalog().stamps(f"{head}/*/{_CARD}")
        return sorted((key.split("/")[1] for key in keys), key=_order)

    def card(self, head: str, version: str) -> str | None:
        """Return a version's card as Markdown; None without one."""
        content = self._read(head, version, _CARD)
        return None if content is None else content.decode("utf-8", "replace")

    def picture(self, head: str, version: str, name: str) -> bytes | None:
        """Return one of PICTURES as PNG; None without it."""
        return self._read(head, version, name) if name in PICTURES else None

    def journal(self, head: str) -> Sequence[AuditEntry]:
        """Return what was done to a head's roles, the newest first."""
        with _as_away():
            return [*entries(self._catalog(), head)][::-1]

    def pictures(self, head: str, version: str) -> Sequence[str]:
        """Return which of PICTURES a version has."""
        if not (_NAME.fullmatch(head) and _VERSION.fullmatch(version)):
            return ()
        with _as_away():
            keys = self._catalog().stamps(f"{head}/{version}/*.png")
        return [name for name in PICTURES if f"{head}/{version}/{name}" in keys]

    def _catalog(self) -> Catalog:
        with self._opening:
            if self._opened is None:
                self._opened = open_catalog(self._address)
            return self._opened

    def _read(self, head: str, version: str, name: str) -> bytes | None:
        if not (_NAME.fullmatch(head) and _VERSION.fullmatch(version)):
            return None
        with _as_away():
            blob = self._catalog().read(f"{head}/{version}/{name}", _MOST_BYTES)
        return None if blob is None else blob.content


@contextmanager
def _as_away() -> Iterator[None]:
    try:
        yield
    except (CatalogError, UnreadableError) as error:
        raise CatalogAwayError from error


def _order(version: str) -> tuple[int, str]:
    return (int(version) if version.isdigit() else 1 << 62, version)
