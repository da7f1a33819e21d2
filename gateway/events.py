"""Structured logs: one JSON line an event; mail text, addresses and error messages never enter."""

import logging
import sys
import traceback

import structlog
from pydantic_core import to_json
from structlog.typing import EventDict, WrappedLogger


def configure_logging(level: str) -> None:
    """Send every event of this process, from `level` up, to standard output as JSON lines."""
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.BytesLoggerFactory(file=sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )


def audit(act: str, **said: object) -> None:
    """Log one act that changes or opens something, whatever the level: who and what, no content."""
    _audit_log().info("audit", act=act, **said)


def whereabouts(error: BaseException) -> dict[str, str]:
    """Describe an unexpected error by its type and place: its message may quote a mail."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{f.filename.rpartition('/')[2]}:{f.lineno}:{f.name}" for f in frames]
    return {"error": type(error).__name__, "where": " > ".join(places)}


def _audit_log() -> structlog.typing.FilteringBoundLogger:
    every: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(sys.stdout.buffer),
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
    )
    return every


def _json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    return to_json(event, serialize_unknown=True)


_PROCESSORS = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _json_line,
)
