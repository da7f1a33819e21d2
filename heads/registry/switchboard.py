"""Follows what is turned off in a catalog; a file that cannot be read changes nothing."""

from __future__ import annotations

import structlog

from heads.errors import SwitchError
from heads.lifecycle import switches
from heads.lifecycle.switches import Switches
from heads.storage.catalog import Catalog

log = structlog.get_logger(__name__)


class Switchboard:
    """The switches of one catalog as they were last seen; used by one thread at a time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._stamp: str | None = None
        self._current = Switches()

    def look(self) -> Switches:
        """Return the switches now; the last ones while the file is broken. Raises CatalogError."""
        stamp = self._catalog.stamps(switches.FILE).get(switches.FILE)  # before it is read
        if stamp == self._stamp:
            return self._current
        try:
            self._current = switches.read(self._catalog)[0]
        except SwitchError as error:
            log.error("switches_refused", error=str(error))
        self._stamp = stamp
        return self._current
