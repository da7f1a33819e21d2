"""How the embedder's log lines look; they go to standard error."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict


def configure_log(level: str, style: str) -> None:
    """Log events at `level` and above, as one JSON object a line or, with style "text", readable.

    Standard output stays free for what commands print.
    """
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if style == "text":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_message,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def without_message(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and place: its message may quote a mail."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = [f"{f.filename.rpartition('/')[2]}:{f.lineno}:{f.name}" for f in frames]
        event.update(error=type(error).__name__, where=" > ".join(places))
    return event
