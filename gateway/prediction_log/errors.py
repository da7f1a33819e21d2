"""The refusals of the log's routes, each a problem document."""

from gateway.errors import FieldError, GatewayError, ValidationFailedError


class NoLogError(GatewayError):
    """No prediction log is kept here."""

    status, code, title = 501, "no_prediction_log", "No prediction log is kept"

    def __init__(self) -> None:
        super().__init__("This gateway records nothing: GATEWAY_LOG_DIR is not set.")


class LogUnavailableError(GatewayError):
    """The log's database is away, or its schema older than this release; records wait meanwhile."""

    status, code, title = 503, "log_unavailable", "The prediction log cannot be read for now"

    def __init__(self) -> None:
        super().__init__("Its database does not answer as needed.", retry_after_s=5.0)


class IdempotencyConflictError(GatewayError):
    """The key was used before, for another request."""

    status, code, title = 409, "idempotency_conflict", "The Idempotency-Key was used before"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key came with another body before: use a new one.")


class InvalidIdempotencyKeyError(GatewayError):
    """The header is no key."""

    status, code, title = 400, "invalid_idempotency_key", "The Idempotency-Key is not valid"

    def __init__(self) -> None:
        super().__init__("Idempotency-Key must be 1 to 128 visible ASCII characters.")


class WindowError(ValidationFailedError):
    """A window of time that the log does not reach back to, or that ends before it begins."""

    code, title = "window_beyond_retention", "The log does not reach back so far"

    def __init__(self, days: int) -> None:
        super().__init__([FieldError("from", self.code, f"rows are kept for {days} days", days)])


class UnknownLabelError(ValidationFailedError):
    """The label is none of the head that it corrects."""

    code, title = "unknown_label", "The head has no such label"

    def __init__(self, labels: list[str]) -> None:
        listed = ", ".join(labels)
        super().__init__([FieldError("label", self.code, f"must be one of: {listed}")])


class UnansweredHeadError(ValidationFailedError):
    """The head had no part in the answer that is corrected."""

    code, title = "unknown_head", "The head had no part in this answer"

    def __init__(self) -> None:
        super().__init__(
            [FieldError("head", self.code, "must be a head that this prediction has answers of")]
        )


class CommentNotKeptError(ValidationFailedError):
    """Words can only be kept encrypted, and this gateway has no keys for that."""

    code, title = "comment_not_kept", "Comments are not kept here"

    def __init__(self) -> None:
        super().__init__(
            [FieldError("comment", self.code, "must be left out: GATEWAY_LOG_TEXT_KEYS is not set")]
        )
