"""What caches are to forget, as values, and the file by which a folder's drainer tells workers."""

import base64
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.prediction_log import sealing
from gateway.prediction_log.sealing import Keys, UnsealError
from trunkline.ulid import new_id

KEPT = timedelta(hours=1)
"""How long a purge can be learnt of; who did not look for longer forgets everything."""
_FILE = "forget.json"
_CONTEXT = "cache_purge"


@dataclass(frozen=True)
class Purge:
    """Digests that all caches are to forget, sealed; b"" has none, and None stands for all."""

    id: str
    at: datetime
    key_name: str | None
    sealed: bytes | None


def purge_of(digests: Collection[bytes] | None, keys: Keys | None) -> Purge:
    """Return a purge of these digests; of everything where they, or keys to seal, are not known."""
    purge_id, now = new_id(), datetime.now(UTC)
    if digests is not None and not digests:
        return Purge(purge_id, now, None, b"")
    if digests is None or keys is None:
        return Purge(purge_id, now, None, None)
    content = b"".join(sorted(set(digests)))
    key = sealing.spool_key(keys.by_name[keys.current])
    return Purge(purge_id, now, keys.current, sealing.seal(key, content, _context(purge_id)))


def digests_of(purge: Purge, keys: Keys | None) -> frozenset[bytes] | None:
    """Return the digests that caches are to forget; None stands for all that they have."""
    if purge.sealed == b"":
        return frozenset()
    name = purge.key_name
    if purge.sealed is None or keys is None or name is None or name not in keys.by_name:
        return None
    key = sealing.spool_key(keys.by_name[name])
    try:
        content = sealing.unseal(key, purge.sealed, _context(purge.id))
    except UnsealError:
        return None
    return frozenset(split_digests(content))


def split_digests(content: bytes) -> Iterator[bytes]:
    """Yield the digests that stand one after the other."""
    size = sealing.DIGEST_BYTES
    return (content[first : first + size] for first in range(0, len(content), size))


def write_notice(folder: Path, purges: Iterable[Purge]) -> None:
    """Replace the folder's file by one of these purges. Raises OSError."""
    entries = [
        {
            "id": purge.id,
            "at": purge.at.isoformat(),
            "key_name": purge.key_name,
            "sealed": None if purge.sealed is None else base64.b64encode(purge.sealed).decode(),
        }
        for purge in purges
    ]
    new = folder / f"{_FILE}.new"
    new.touch(mode=0o600)
    new.write_text(json.dumps(entries))
    new.replace(folder / _FILE)


def read_notice(folder: Path) -> Sequence[Purge]:
    """Return what the folder's file holds, nothing where there is none."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return [
            Purge(
                entry["id"],
                datetime.fromisoformat(entry["at"]),
                entry["key_name"],
                None if entry["sealed"] is None else base64.b64decode(entry["sealed"]),
            )
            for entry in json.loads((folder / _FILE).read_text())
        ]
    return []


def mark_looked(folder: Path) -> None:
    """Note in the folder that the database was asked just now."""
    with suppress(OSError):
        os.utime(folder / _FILE)


def last_look(folder: Path) -> datetime | None:
    """Return when the database was last asked for this folder; None where it never was."""
    try:
        return datetime.fromtimestamp((folder / _FILE).stat().st_mtime, UTC)
    except OSError:
        return None


def _context(purge_id: str) -> str:
    return f"{purge_id}/{_CONTEXT}"
