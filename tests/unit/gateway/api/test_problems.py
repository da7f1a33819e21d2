"""Errors of any package become one problem with a stable code."""

import pytest
from werkzeug.exceptions import BadRequest, MethodNotAllowed, NotFound

from embedder import errors as embedder_errors
from gateway import errors
from gateway.api.problems import translated


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (embedder_errors.Overloaded(retry_after_s=2.1), 503, "overloaded", "3"),
        (embedder_errors.Overloaded(), 503, "overloaded", "1"),
        (embedder_errors.Cancelled(), 503, "embedder_unavailable", "1"),
        (embedder_errors.Unavailable(), 503, "embedder_unavailable", "1"),
        (embedder_errors.FingerprintMismatch(), 503, "encoder_changed", "1"),
        (embedder_errors.DeadlineExceeded(), 504, "deadline_exceeded", None),
        (embedder_errors.InvalidInput("x", code="texts_empty"), 422, "texts_empty", None),
        (embedder_errors.Internal("secret"), 500, "internal", None),
        (errors.HeadsUnavailableError(retry_after_s=0), 503, "heads_unavailable", "1"),
        (NotFound(), 404, "not_found", None),
        (MethodNotAllowed(["POST"]), 405, "method_not_allowed", None),
        (BadRequest("secret"), 400, "bad_request", None),
        (ZeroDivisionError("secret"), 500, "internal", None),
    ],
)
def test_every_error_has_one_status_and_one_code(
    error: Exception, status: int, code: str, retry_after: str | None
) -> None:
    """The table of the design; what is unexpected is 500 without detail."""
    problem = translated(error)
    document = problem.problem("01X")
    assert (problem.status, document["status"], document["code"]) == (status, status, code)
    assert document["type"] == f"urn:trunkline:problem:{code}"
    assert problem.headers().get("Retry-After") == retry_after
    assert "secret" not in str(document)
