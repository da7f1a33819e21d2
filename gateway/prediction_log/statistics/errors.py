"""The refusals of statistics, each a problem document."""

from gateway.errors import FieldError, GatewayError, ValidationFailedError


class NoLogError(GatewayError):
    """The gateway keeps no prediction log."""

    status, code, title = 501, "no_prediction_log", "No prediction log is kept"

    def __init__(self) -> None:
        super().__init__("This gateway records nothing: GATEWAY_LOG_DIR is not set.")


class LogUnavailableError(GatewayError):
    """The log's database is away, or its schema older than this release; records wait meanwhile."""

    status, code, title = 503, "log_unavailable", "The prediction log cannot be read for now"

    def __init__(self) -> None:
        super().__init__("Its database does not answer as needed.", retry_after_s=5.0)


class TooLongAgoError(ValidationFailedError):
    """The window begins before what is kept."""

    code, title = "window_beyond_retention", "The log does not reach back so far"

    def __init__(self, days: int) -> None:
        message = f"rows are kept for {days} days"
        super().__init__([FieldError("from", self.code, message, days)])


class UnknownHeadVersionError(ValidationFailedError):
    """No head, or no version of it, is served or has answered in the window under this name."""

    title = "The head is not known"

    def __init__(self, field: str) -> None:
        self.code = f"unknown_{field}"
        message = f"no such {field} is served, or has answered in this window"
        super().__init__([FieldError(field, self.code, message)])
