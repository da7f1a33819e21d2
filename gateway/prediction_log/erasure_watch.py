"""The drainer's watch for erasures: tells this folder's workers, and clears files behind them."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.prediction_log import manifest, purges
from gateway.prediction_log.purges import KEPT, Purge, purge_of
from gateway.prediction_log.queries import erasure
from gateway.prediction_log.rejected import RejectedRecords
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

LOOK_S = 1.0


class ErasureWatch:
    """Asks the database for purges every second and passes them on through the folder's file."""

    def __init__(self, folder: Path, engine: Engine, rejected: RejectedRecords) -> None:
        self._folder = folder
        self._engine = engine
        self._rejected = rejected
        self._listed: list[str] | None = None
        self._missed: list[Purge] = []
        self._unsettled = False

    def run(self, stopping: threading.Event) -> None:
        """Look until `stopping`; while the database is away there is nothing new to learn."""
        while not stopping.wait(LOOK_S):
            try:
                self.look()
            except SQLAlchemyError:
                pass  # the drainer reports it
            except Exception as error:
                log.error("erasure_watch_failed", **whereabouts(error))

    def look(self) -> None:
        """Pass on what is new. Raises SQLAlchemyError and OSError."""
        with self._engine.connect() as connection:
            listed = [*erasure.purges(connection), *self._overdue()]
            ids = [purge.id for purge in listed]
            if ids != self._listed:
                purges.write_notice(self._folder, listed)
                self._rejected.leave_out_erased(connection)
                self._unsettled = bool(set(ids) - set(self._listed or ()))
                self._listed = ids
        purges.mark_looked(self._folder)
        if self._unsettled:
            self._unsettled = not settle(self._engine)
        self._drop_old()

    def _overdue(self) -> list[Purge]:
        """Return a purge of everything where so much time went by that others may be gone."""
        last, now = purges.last_look(self._folder), datetime.now(UTC)
        if last is not None and now - last > KEPT / 2:
            self._missed.append(purge_of(None, None))
        self._missed = [purge for purge in self._missed if now - purge.at < KEPT]
        return self._missed

    def _drop_old(self) -> None:
        with self._engine.begin() as connection:
            erasure.drop_old_purges(connection)


def settle(engine: Engine) -> bool:
    """Take what was deleted out of the database's own files; return whether that was done.

    SQLite overwrites it and empties its write-ahead log, unless somebody reads at this moment.
    PostgreSQL's VACUUM frees the place, which later rows overwrite.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if connection.dialect.name == "postgresql":
            for table in manifest.TABLES:
                if table.match != "none":
                    connection.execute(text(f"VACUUM {table.name}"))
            return True
        busy, *_ = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        return not busy
