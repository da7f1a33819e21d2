"""The embedder's errors: one tree with stable codes, raised on both sides of the wire."""

from __future__ import annotations


class EmbedderError(Exception):
    """Base of everything the embedder refuses or fails with.

    `code` is stable and machine readable; `retry_after_s` is how long the caller should wait
    before it asks again, or None where asking again is pointless or the wait is unknown.
    The message never holds text of a mail.
    """

    code: str = "internal"

    def __init__(
        self, message: str = "", *, code: str | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        self.retry_after_s = retry_after_s


class InvalidInput(EmbedderError):  # noqa: N818 - the contract's name
    """The request is malformed; the same request will always fail."""

    code = "invalid_input"


class FingerprintMismatch(EmbedderError):  # noqa: N818
    """The caller expects another encoder than the one that is serving."""

    code = "fingerprint_mismatch"


class Overloaded(EmbedderError):  # noqa: N818
    """The queue is full; `retry_after_s` comes from the measured drain rate."""

    code = "overloaded"


class Unavailable(EmbedderError):  # noqa: N818
    """The embedder is away, draining, or has lost its encoder."""

    code = "unavailable"


class DeadlineExceeded(EmbedderError):  # noqa: N818
    """The deadline passed before the answer was there."""

    code = "deadline_exceeded"


class Cancelled(EmbedderError):  # noqa: N818
    """The caller went away before the answer was there."""

    code = "cancelled"


class Unsupported(EmbedderError):  # noqa: N818
    """The embedder is of an earlier release and does not know the call."""

    code = "unsupported"


class Internal(EmbedderError):  # noqa: N818
    """The embedder failed; details are in its log, not in the answer."""

    code = "internal"


class EncoderLost(Exception):  # noqa: N818
    """The runtime under the encoder is beyond repair: the process must end.

    Raised by an encoder (or a fake one); never crosses the wire as itself.
    """
