"""Opens the log's database in a worker, when a route first asks for it."""

import threading
from typing import TYPE_CHECKING

from gateway.config import Settings
from gateway.prediction_log.errors import NoLogError
from gateway.prediction_log.retention import Retention

if TYPE_CHECKING:
    from gateway.prediction_log.log_database import LogDatabase


class LogAccess:
    """The way to the log's database; its libraries are loaded only in workers that are asked."""

    def __init__(self, settings: Settings) -> None:
        self.retention = Retention.of(settings)
        self._settings = settings
        self._lock = threading.Lock()
        self._database: LogDatabase | None = None

    def database(self) -> "LogDatabase":
        """Return the database; raise NoLogError where no log is kept."""
        if self._settings.log_dir is None:
            raise NoLogError
        with self._lock:
            if self._database is None:
                from gateway.prediction_log.log_database import LogDatabase

                self._database = LogDatabase(self._settings)
            return self._database
