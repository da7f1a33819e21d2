"""Follows what is turned off in a catalog; a file that cannot be read changes nothing."""

from __future__ import annotations

import structlog

from heads.errors import SwitchError, SwitchUnreadError
from heads.lifecycle import switches
from heads.lifecycle.switches import Switches
from heads.storage.catalog import Catalog

log = structlog.get_logger(__name__)

_NEVER = ""
"""The stamp of no file, not even of a missing one."""


class Switchboard:
    """The switches of one catalog as they were last seen; used by one thread at a time.

    `is_read`: whether the file was read, or missing, since the start; until then all is on.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.is_read = False
        self._catalog = catalog
        self._stamp: str | None = _NEVER
        self._current = Switches()
        self._reported = ""

    def look(self) -> Switches:
        """Return the switches now; the last ones while the file is broken. Raises CatalogError."""
        stamp = self._catalog.stamps(switches.FILE).get(switches.FILE)  # before it is read
        if stamp == self._stamp:
            return self._current
        try:
            self._current = switches.read(self._catalog)[0]
        except SwitchError as error:
            self._report(str(error))
            if isinstance(error, SwitchUnreadError):  # the same file may be readable later
                return self._current
        else:
            self.is_read, self._reported = True, ""
        self._stamp = stamp
        return self._current

    def _report(self, trouble: str) -> None:
        """Log what is wrong once, not at every look."""
        if trouble != self._reported:
            log.error("switches_refused", error=trouble)
        self._reported = trouble
