"""Keeps the records that no database takes, for a person to look at; an erasure reaches them."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection

from gateway.prediction_log.queries.erasure import erased_since
from gateway.prediction_log.sealing import subject_digest
from gateway.prediction_log.segments import framed, read_segment
from trunkline.ulid import time_of

FOLDER = "rejected"
_FILE = "records"


class RejectedRecords:
    """The file of rejected records in a spool's folder; thread-safe, for one process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FOLDER / _FILE
        self._lock = threading.Lock()

    def add(self, payload: bytes) -> None:
        """Append a record; one that finds no room is lost."""
        with self._lock, suppress(OSError):
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(framed(payload))

    def leave_out_erased(self, connection: Connection) -> int:
        """Write the file anew without records of erased subjects; return how many went."""
        with self._lock:
            if not self._path.exists():
                return 0
            payloads = read_segment(self._path).payloads
            kept = _kept(connection, payloads)
            if len(kept) < len(payloads):
                new = self._path.with_suffix(".new")
                new.touch(mode=0o600)
                new.write_bytes(b"".join(map(framed, kept)))
                new.replace(self._path)
            return len(payloads) - len(kept)


def _kept(connection: Connection, payloads: Sequence[bytes]) -> list[bytes]:
    subjects = [_subject(payload) for payload in payloads]
    erased = erased_since(connection, [digest for digest, _ in subjects if digest])
    return [
        payload
        for payload, (digest, at) in zip(payloads, subjects, strict=True)
        if not _is_erased(digest, at, erased)
    ]


def _is_erased(digest: bytes | None, at: datetime | None, erased: Mapping[bytes, datetime]) -> bool:
    asked_at = erased.get(digest) if digest else None
    return asked_at is not None and (at is None or at <= asked_at)


def _subject(payload: bytes) -> tuple[bytes | None, datetime | None]:
    """Return whom a record is about, if anybody, and its time where that can be read."""
    try:
        record: Mapping[str, Any] = from_json(payload)
        ref = record.get("subject_ref")
        digest = subject_digest(record["tenant"], ref) if isinstance(ref, str) else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None, None
    try:
        return digest, time_of(record["id"])
    except (KeyError, TypeError, ValueError):
        return digest, None
