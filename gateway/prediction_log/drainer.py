"""Moves records from the spool to the database: each once, whatever is killed or away meanwhile."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from gateway.prediction_log import metrics, tenant_keys
from gateway.prediction_log.database import add_partitions, schema_state
from gateway.prediction_log.models import Base
from gateway.prediction_log.queries.erasure import erased_since
from gateway.prediction_log.queries.locks import lock_for_storing
from gateway.prediction_log.rejected import RejectedRecords
from gateway.prediction_log.rows import (
    BadRecordError,
    Row,
    Rows,
    TenantKey,
    cache_keys,
    rows_of,
)
from gateway.prediction_log.sealing import Keys, subject_digest
from gateway.prediction_log.segments import (
    Segment,
    adopt_dead,
    lock,
    read_segment,
    ready_segments,
)
from gateway.prediction_log.statistics.rollup import mark_stale
from gateway.prediction_log.subjects import tell_caches
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

BATCH_RECORDS = 500
_NO_KEYS = Keys({})


class SchemaOlderError(Exception):
    """The database lacks what this code writes: `gateway migrate` has not run."""


@dataclass(frozen=True)
class TextDays:
    """How long words are kept: some tenants have days of their own."""

    default: int
    by_tenant: Mapping[str, tuple[int, int]]

    def __call__(self, tenant: str) -> int:
        """Return a tenant's days."""
        return self.by_tenant.get(tenant, (0, self.default))[1]


class Drainer:
    """Moves what waits in a folder; for one thread, and one drainer a folder."""

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        text_keys: Keys | None,
        text_days: TextDays,
        rejected: RejectedRecords | None = None,
    ) -> None:
        self._folder = folder
        self._engine = engine
        self._text_keys = text_keys
        self._text_days = text_days
        self._rejected = rejected or RejectedRecords(folder)
        self._months: set[date] = set()

    def run_once(self) -> int:
        """Move all that waits, dead workers' files too; return how many files that were.

        A file goes when the database has committed its last record; what was moved twice is there
        once. Raises SchemaOlderError, and SQLAlchemyError where the database is away.
        """
        adopted = adopt_dead(self._folder)
        if adopted:
            log.debug("prediction_log_adopted", files=adopted)
        segments = ready_segments(self._folder)
        if segments:
            self._require_schema()
        return sum(self._move(segment) for segment in segments)

    def _require_schema(self) -> None:
        with self._engine.connect() as connection:
            if schema_state(connection) == "older":
                raise SchemaOlderError

    def _move(self, segment: Segment) -> bool:
        path = self._folder / segment.name
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:  # dropped, as the oldest of a full spool
            return False
        try:
            if not lock(descriptor) or not path.exists():
                return False
            content = read_segment(path)
            for first in range(0, len(content.payloads), BATCH_RECORDS):
                self._store(content.payloads[first : first + BATCH_RECORDS])
            if content.broken:
                metrics.record_skipped("torn", content.broken)
                log.warning("prediction_log_torn", lines=content.broken)
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(descriptor)

    def _store(self, payloads: Sequence[bytes]) -> None:
        """Store records in one transaction; one by one where the database refuses one of them."""
        try:
            self._store_together(payloads)
        except (DBAPIError, StatementError) as error:
            if _is_away(error):
                raise
            if len(payloads) > 1:
                for payload in payloads:
                    self._store([payload])
            else:
                log.error("prediction_log_rejected", **whereabouts(error))
                self._reject(payloads[0])

    def _store_together(self, payloads: Sequence[bytes]) -> None:
        with self._engine.begin() as connection:
            lock_for_storing(connection)
            rows, bad = self._rows(connection, payloads)
            erased = self._leave_out(connection, rows.prediction, payloads)
            self._add_months(
                connection, {row["at"].date().replace(day=1) for row in rows.prediction}
            )
            for table in Base.metadata.tables.values():
                kept = [row for row in getattr(rows, table.name, ()) if _id_of(row) not in erased]
                if kept:
                    connection.execute(_insert(connection, table), kept)
            mark_stale(connection, {row["at"] for row in rows.prediction})
        metrics.record_stored(len(rows.prediction) - len(erased))
        metrics.record_skipped("erased", len(erased))
        for payload in bad:
            self._reject(payload)

    def _leave_out(
        self, connection: Connection, rows: Sequence[Row], payloads: Sequence[bytes]
    ) -> set[str]:
        """Return the ids of erased records; have the caches forget what they still hold of them."""
        erased = _erased(connection, rows)
        if erased:
            tell_caches(connection, cache_keys(payloads, erased, self._text_keys), self._text_keys)
        return erased

    def _rows(
        self, connection: Connection, payloads: Iterable[bytes]
    ) -> tuple[Rows, Sequence[bytes]]:
        """Return the rows of records, and the records that make none."""
        keys: dict[str, TenantKey] = {}

        def key_of(tenant: str) -> TenantKey:
            if tenant not in keys:
                own = self._text_keys or _NO_KEYS
                keys[tenant] = tenant_keys.current_key(connection, tenant, own)
            return keys[tenant]

        rows, bad = Rows(), []
        for payload in payloads:
            try:
                rows.add(rows_of(payload, self._text_keys, key_of, self._text_days))
            except BadRecordError:
                bad.append(payload)
        return rows, bad

    def _add_months(self, connection: Connection, months: set[date]) -> None:
        new = months - self._months
        if new:
            add_partitions(connection, sorted(new))
            self._months |= new

    def _reject(self, payload: bytes) -> None:
        metrics.record_skipped("unreadable", 1)
        self._rejected.add(payload)


def _id_of(row: Row) -> str:
    return str(row.get("prediction_id") or row["id"])


def _erased(connection: Connection, predictions: Sequence[Row]) -> set[str]:
    """Return the ids of predictions whose subject was erased after they were made."""
    by_digest: dict[bytes, list[Row]] = {}
    for row in predictions:
        if row["subject_ref"] is not None:
            digest = subject_digest(row["tenant"], row["subject_ref"])
            by_digest.setdefault(digest, []).append(row)
    if not by_digest:
        return set()
    return {
        row["id"]
        for digest, asked_at in erased_since(connection, list(by_digest)).items()
        for row in by_digest[digest]
        if row["at"] <= asked_at
    }


def _insert(connection: Connection, table: Table) -> Any:
    """Return an INSERT that leaves what is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def _is_away(error: SQLAlchemyError) -> bool:
    """Whether the database, not a record, is the reason."""
    return isinstance(error, DBAPIError) and (
        error.connection_invalidated or type(error).__name__ in _AWAY
    )


_AWAY = ("OperationalError", "InterfaceError", "InternalError", "ProgrammingError")
