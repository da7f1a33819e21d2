"""The application behind the door under test: shows what came, blocks until told, notes callers."""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline.serving.environ import ACCEPTED_AT, PEER_GONE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

BIG = 20 << 20


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Answer by path; every path but /livez is noted in the folder's file `seen`."""
    folder, path = Path(os.environ["DOOR_FOLDER"]), environ["PATH_INFO"]
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
    if path == "/boom":
        raise ValueError("canary in an error")
    content = b"x" * BIG
    if path != "/big":
        shown = {"path": path, "pid": os.getpid(), "bytes": len(body), "waited_s": waited_s}
        content = json.dumps(shown).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


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
