"""gunicorn's own log without what callers sent: its messages quote request lines and headers."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

_REFUSALS = "Invalid request from "
_FAILURES = ("Error handling request", "Socket error processing request")


class PrivateLogger(Logger):  # type: ignore[misc]
    """A body longer than announced is read as a request line, so a mail could end up in the log.

    Of a request that makes no sense only the fact is logged, of an error its type and place.
    """

    def warning(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Log a warning, but a refused request without its words."""
        if str(msg).startswith(_REFUSALS):
            msg, args = "Invalid request refused", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Log a traceback; of a request that failed only the error's type and place."""
        if not str(msg).startswith(_FAILURES):
            super().exception(msg, *args, **kwargs)
            return
        error = sys.exc_info()[1]
        frames = traceback.extract_tb(error.__traceback__ if error else None)[-3:]
        where = " > ".join(f"{f.filename.rpartition('/')[2]}:{f.lineno}:{f.name}" for f in frames)
        self.error("Request failed: %s at %s", type(error).__name__, where)
