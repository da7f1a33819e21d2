"""Translates an embedder's failure into the problem of every mail that needed it."""

from embedder import errors as embedder_errors
from gateway import errors

_RETRY_AFTER_S = 1.0  # where the embedder gave no wait of its own

_RETRYABLE: dict[type[embedder_errors.EmbedderError], type[errors.GatewayError]] = {
    embedder_errors.Overloaded: errors.OverloadedError,
    embedder_errors.Unavailable: errors.EmbedderUnavailableError,
    # Not the gateway's doing: an embedder or a channel that is closed cancels what is still inside.
    embedder_errors.Cancelled: errors.EmbedderUnavailableError,
    embedder_errors.FingerprintMismatch: errors.EncoderChangedError,
}


def problem_of(error: embedder_errors.EmbedderError) -> errors.GatewayError:
    """Return the problem that a caller sees for `error`; log an unexpected one."""
    for kind, problem in _RETRYABLE.items():
        if isinstance(error, kind):
            wait = error.retry_after_s
            return problem(retry_after_s=_RETRY_AFTER_S if wait is None else wait)
    if isinstance(error, embedder_errors.DeadlineExceeded):
        return errors.DeadlineExceededError()
    if isinstance(error, embedder_errors.InvalidInput):
        return errors.ItemRefusedError(error.code, str(error))
    return errors.internal(error)
