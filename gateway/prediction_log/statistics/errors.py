"""The refusal of statistics of a head that nobody knows, as a problem document."""

from gateway.errors import FieldError, ValidationFailedError


class UnknownHeadVersionError(ValidationFailedError):
    """No head, or no version of it, is served or has answered in the window under this name."""

    title = "The head is not known"

    def __init__(self, field: str) -> None:
        self.code = f"unknown_{field}"
        message = f"no such {field} is served, or has answered in this window"
        super().__init__([FieldError(field, self.code, message)])
