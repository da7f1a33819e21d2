"""Set up a service's log: an event a line on standard error, of an error only type and place."""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
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
    """Replace every exception in an event: `exc_info` by type and place, others by their type."""
    info = event.pop("exc_info", None)
    if isinstance(info, tuple):
        info = info[1]
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    for key, value in event.items():
        if type(value) not in _PLAIN:
            event[key] = _named(value)
    if error is not None:
        event.update(whereabouts(error))
    return event


def _named(value: object) -> object:
    """Return the value with the type's name in place of an exception, however deep it lies."""
    if type(value) in _PLAIN:  # almost all are: no need to ask what else they might be
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, Mapping):
        return {_named(key): _named(member) for key, member in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_named(member) for member in value]
    if is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in fields(value) if field.repr]
        return {name: _named(getattr(value, name)) for name in shown}
    return value


_PLAIN: Final = frozenset({str, int, float, bool, type(None)})


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
        return to_json(event, serialize_unknown=True, inf_nan_mode="null")
    except PydanticSerializationError:  # a text that is not Unicode, such as a strange file name
        return to_json({key: ascii(value) for key, value in event.items()})


def _console_line(_logger: WrappedLogger, _method: str, event: EventDict) -> bytes:
    words = [_escaped(str(event.pop(key))) for key in ("timestamp", "level", "event")]
    pairs = [f"{key}={_plain(value)}" for key, value in event.items() if not _is_nothing(value)]
    return " ".join([*words, *pairs]).encode("utf-8", "backslashreplace")


def _escaped(text: str) -> str:
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _is_nothing(value: object) -> bool:
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)


def _plain(value: object) -> str:
    """Return a value as a person reads it: no brackets around lists, of a digest the beginning."""
    if isinstance(value, Mapping):
        value = ",".join(f"{key}:{member}" for key, member in value.items())
    elif isinstance(value, list | tuple):
        value = ",".join(map(str, value))
    text = _DIGEST.sub(r"\1", str(value))
    return text if text.isprintable() and " " not in text else repr(value)


_DIGEST: Final = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
_CONSOLE_PROCESSORS: Final[list[Processor]] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
    without_messages,
    _console_line,
]
_EVERY_LEVEL: Final = structlog.make_filtering_bound_logger(logging.NOTSET)
