"""Parts shared by the services' gunicorn configurations: a log without callers' words, hooks."""

import logging
import sys
import traceback
from typing import Any

import structlog
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from trunkline.logs import whereabouts

_REFUSALS = "Invalid request from "
_FAILURES = ("Error handling request", "Socket error processing request")


class PrivateLogger(Logger):  # type: ignore[misc]
    """Send gunicorn's events to the service's log, without what callers sent.

    A body longer than announced is read as a request line, so a mail could end up in the log.
    Of a request that makes no sense only the fact is logged, of an error its type and place.
    """

    def setup(self, cfg: Any) -> None:
        """Put the service's log in the place of gunicorn's own lines."""
        super().setup(cfg)
        self.error_log.handlers = [_ServiceLog()]

    def warning(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Log a warning, but a refused request without its words."""
        if str(msg).startswith(_REFUSALS):
            msg, args = "Invalid request refused", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """Log a traceback; of a request that failed only the error's type and place."""
        error = sys.exc_info()[1]
        if error is None or not str(msg).startswith(_FAILURES):
            super().exception(msg, *args, **kwargs)
            return
        place = whereabouts(error)
        self.error("Request failed: %s at %s", place["error"], place["where"])


class _ServiceLog(logging.Handler):
    """Hand records of the standard library's logging to structlog.

    A traceback here is one of a process that fails to start or stop: no request is in it.
    """

    def emit(self, record: logging.LogRecord) -> None:
        fields = {"logger": "gunicorn", "pid": record.process}
        if record.exc_info:
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))
        structlog.get_logger().log(record.levelno, record.getMessage(), **fields)


def log_listening(server: Any) -> None:
    """Log where the service listens; for gunicorn's hook `when_ready`."""
    names = [listener.sock.getsockname() for listener in server.LISTENERS]
    addresses = [":".join(str(part) for part in name) for name in names]
    structlog.get_logger().info("listening", addresses=addresses)
