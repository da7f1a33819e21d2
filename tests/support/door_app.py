"""The application behind the door under test: shows what came, blocks until told, notes callers."""

import errno
import json
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from trunkline.serving.environ import (
    ACCEPTED_AT,
    AT_ONCE,
    PEER_GONE,
    REPEATABLE,
    NotAtOnceError,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

BIG = 20 << 20


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer by path; every path but /livez is noted in the folder's file `seen`."""
    folder, path = Path(os.environ["DOOR_FOLDER"]), environ["PATH_INFO"]
    at_once = AT_ONCE in environ
    if at_once and path == "/late":
        raise NotAtOnceError
    environ[REPEATABLE] = path.startswith(("/ready", "/late"))
    if path != "/livez":
        _note(folder / "seen", path)
    waited_s = time.monotonic() - environ[ACCEPTED_AT]
    body = environ["wsgi.input"].read()
    if path.startswith("/hold"):
        (folder / "gate").read_bytes()  # a pipe: ends when the test opens and closes it
    if path == "/until-gone":
        while not environ[PEER_GONE]():
            os.sched_yield()
        _note(folder / "gone", path)
    if path == "/boom" or (at_once and body == b"boom"):
        raise ValueError("canary in an error")
    content = b"x" * BIG
    if path != "/big":
        shown = {"path": path, "pid": os.getpid(), "bytes": len(body), "waited_s": waited_s}
        shown |= {"at_once": at_once, "thread": threading.current_thread().name}
        content = json.dumps(shown).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


class FullDisk(Logger):  # type: ignore[misc]
    """A log on a disk without room: an error's line fails."""

    def exception(self, *args: Any, **kwargs: Any) -> None:
        """Raise what such a disk does."""
        raise OSError(errno.ENOSPC, "no room")

    error = exception


class Notes:
    """An observer that notes the reasons of refusals."""

    def refused(self, reason: str) -> None:
        """Note the reason."""
        _note(Path(os.environ["DOOR_FOLDER"]) / "refused", reason)

    def waited(self, seconds: float) -> None:
        """Note nothing."""

    def state(self, waiting: int, in_flight: int, limit: int) -> None:
        """Note nothing."""


def _note(file: Path, line: str) -> None:
    with file.open("a") as notes:
        notes.write(line + "\n")
