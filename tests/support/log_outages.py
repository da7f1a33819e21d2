"""Takes the log's database away from those who write to it, and brings it back."""

import sqlite3
from pathlib import Path
from typing import Protocol

from gateway.prediction_log import migrations
from gateway.prediction_log.database import migrate, open_database

_STEPS = sorted(Path(migrations.__file__).parent.glob("versions/v*.py"))


class Outages(Protocol):
    """A database that can be away."""

    @property
    def url(self) -> str:
        """The address of the database."""
        ...

    def stop(self) -> None:
        """Take it away."""
        ...

    def start(self) -> None:
        """Bring it back."""
        ...


class SqliteOutages:
    """A SQLite file, away while another process holds its lock for writing."""

    def __init__(self, file: Path) -> None:
        self.url = f"sqlite:///{file}"
        self._file = file
        self._holder: sqlite3.Connection | None = None

    def stop(self) -> None:
        """Lock the file."""
        self._holder = sqlite3.connect(self._file, isolation_level=None, timeout=60)
        self._holder.execute("BEGIN EXCLUSIVE")

    def start(self) -> None:
        """Give the lock back."""
        if self._holder is not None:
            self._holder.close()
            self._holder = None


def older_schema(url: str) -> None:
    """Take the schema back to the step before the newest."""
    engine = open_database(url)
    migrate(engine, _STEPS[-2].name[1:5])
    engine.dispose()
