"""Set up a service's log: an event a line on standard error, of an error only type and place."""

import logging
import sys
import traceback
from typing import Final, Literal

import structlog
from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "console"]


def configure_logging(service: str, level: str, style: str = "json") -> None:
    """Log this process's events from `level` up: as JSON, or as short lines for people to read.

    Standard output stays free for what commands print.
    """
    structlog.configure(
        processors=_json_processors(service) if style == "json" else _CONSOLE_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def log_settings(settings: BaseModel) -> None:
    """Log the settings in effect, at debug level; secrets are shown as stars."""
    structlog.get_logger().debug("settings", **settings.model_dump(mode="json"))


def audit(act: str, **fields: object) -> None:
    """Log one act that changes or opens something, whatever the level: who and what, no content."""
    logger: FilteringBoundLogger = structlog.wrap_logger(
        None, wrapper_class=_EVERY_LEVEL, cache_logger_on_first_use=False
    )
    logger.info("audit", act=act, **fields)


def whereabouts(error: BaseException) -> dict[str, str]:
    """Describe an unexpected error by its type and place: its message may quote a mail."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{f.filename.rpartition('/')[2]}:{f.lineno}:{f.name}" for f in frames]
    return {"error": type(error).__name__, "where": " > ".join(places)}


def without_messages(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace every exception in an event: `exc_info` by type and place, a value by its type."""
    info = event.pop("exc_info", None)
    if isinstance(info, tuple):
        info = info[1]
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    for key, value in event.items():
        if isinstance(value, BaseException):
            event[key] = type(value).__name__
    if error is not None:
        event.update(whereabouts(error))
    return event


def _json_processors(service: str) -> list[Processor]:
    def add_service(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_service,
        without_messages,
        _json_line,
    ]


def _json_line(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    try:
        return to_json(event, serialize_unknown=True)
    except PydanticSerializationError:  # a text that is not Unicode, such as a strange file name
        return to_json({key: ascii(value) for key, value in event.items()})


def _console_line(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    words = [event.pop(key) for key in ("timestamp", "level", "event")]
    pairs = [f"{key}={_plain(value)}" for key, value in event.items() if value is not None]
    return " ".join([*map(str, words), *pairs]).encode("utf-8", "backslashreplace")


def _plain(value: object) -> str:
    text = str(value)
    return text if text.isprintable() and " " not in text else repr(value)


_CONSOLE_PROCESSORS: Final[list[Processor]] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    without_messages,
    _console_line,
]
_EVERY_LEVEL: Final = structlog.make_filtering_bound_logger(logging.NOTSET)
