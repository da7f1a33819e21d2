"""Log lines as JSON on standard error, one event a line."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict


def configure(level: str) -> None:
    """For the whole process; events below `level` cost next to nothing."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_message,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
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
