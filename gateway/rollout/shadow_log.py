"""Logs where shadows differ from production: JSON lines without text, bounded in bytes."""

import fcntl
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import to_json

FILE = "shadow_flips.jsonl"
OLDER = "shadow_flips.1.jsonl"


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    """What one version answered to one mail."""

    version: str
    label: str
    probability: float
    abstained: bool


class ShadowLog:
    """Appends to a file in `folder` that any number of processes share; thread-safe.

    The file and its one predecessor together stay within `max_bytes`: at half of it the file
    takes its predecessor's place. A line is only ever written whole.
    """

    def __init__(self, folder: Path, max_bytes: int, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._half = max_bytes // 2
        self._now = now
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, mail: str, head: str, served: VersionAnswer, shadow: VersionAnswer) -> None:
        """Append one difference; `mail` is the id of its answer. Raises OSError."""
        entry = {
            "at": round(self._now(), 3),
            "id": mail,
            "head": head,
            "served": served,
            "shadow": shadow,
        }
        line = to_json(entry) + b"\n"
        with self._lock, (self._folder / ".lock").open("ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            path = self._folder / FILE
            size = path.stat().st_size if path.exists() else 0
            if size and size + len(line) > self._half:
                os.replace(path, self._folder / OLDER)
            with path.open("ab") as file:
                file.write(line)
