"""Says once that a catalog cannot be read, and once that it can be read again."""

from __future__ import annotations

import structlog

from heads.errors import CatalogError

log = structlog.get_logger(__name__)


class Outage:
    """What looks at a catalog have met lately: a log line a change, not a line a look."""

    def __init__(self, catalog: object) -> None:
        self._catalog = str(catalog)
        self._error: str | None = None

    def met(self, error: CatalogError) -> None:
        """Warn of `error`, unless the look before met the same."""
        if str(error) != self._error:
            log.warning("catalog_unreadable", catalog=self._catalog, error=str(error))
        self._error = str(error)

    def over(self) -> None:
        """Say that the catalog is read again, if it was not before."""
        if self._error is not None:
            log.info("catalog_readable", catalog=self._catalog)
        self._error = None
