"""Answers good requests for one email without Flask's routing, hooks and contexts.

Whatever is unusual goes on to Flask, body and all, before anything was done; a request that fails
goes on with its error, which the route raises: problems are worded in one place.
"""

import io
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway import metrics
from gateway.api import request_models
from gateway.api.access_record import AccessRecord, record
from gateway.api.body import JSON
from gateway.api.classify import AnswerIds, answer_content
from gateway.api.cors import cors_headers
from gateway.api.ids import accepted_request_id, new_id
from gateway.api.json_values import refuse_many_values
from gateway.api.middleware import server_timing, timeout_s
from gateway.api.request_trace import begin_trace, end_trace, shown_traceparent
from gateway.auth.caller import names_for_logs
from gateway.auth.guard import Admission
from gateway.config import Settings
from gateway.errors import BadRequestError
from gateway.inference.context import RequestMetadata, never_gone
from gateway.inference.deadline import Deadline
from gateway.inference.pipeline import Pipeline
from gateway.inference.timings import Timings
from gateway.prediction_log.recorder import Recorder
from trunkline.otlp.tracing import Tracer
from trunkline.serving.environ import (
    ACCEPTED_AT,
    AT_ONCE,
    PEER_GONE,
    REPEATABLE,
    NotAtOnceError,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/v1/classify"
FAILURE = "gateway.failure"
"""The key of a WSGI environ that holds what a request has failed with already."""
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]*")
_LENGTH_DIGITS = 9


def raise_failure(environ: "WSGIEnvironment") -> None:
    """Raise what the request has failed with already, if it has."""
    failure = environ.pop(FAILURE, None)
    if failure is not None:
        raise failure


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that was read, and nothing done for it yet."""

    mail: request_models.ClassifyRequest
    deadline: Deadline
    received_at: float
    started: float
    bytes_in: int
    admission: Admission


class Shortcut:
    """The WSGI application in front of `flask`; `admit` says which callers need no guard.

    Answers are those of the route, header by header.
    """

    def __init__(
        self,
        flask: "WSGIApplication",
        pipeline: Pipeline,
        settings: Settings,
        admit: Callable[["WSGIEnvironment"], Admission | None],
        tracer: Tracer,
        recorder: Recorder | None = None,
    ) -> None:
        self._flask = flask
        self._pipeline = pipeline
        self._settings = settings
        self._admit = admit
        self._recorder = recorder
        self._tracer = tracer
        # A record is written to a disk, which may take its time.
        self._may_be_at_once = recorder is None and pipeline.ready is not None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        started = time.monotonic()
        is_plain = _is_plain(environ, self._settings.max_body_bytes)
        admission = self._admit(environ) if is_plain else None
        if admission is None:
            if AT_ONCE in environ:
                raise NotAtOnceError
            return self._flask(environ, start_response)
        body = b""
        try:
            body = _body(environ)
            asked = self._read(environ, body, started, admission)
            headers, content = self._answer(environ, asked)
        except Exception as error:
            if AT_ONCE in environ:
                raise NotAtOnceError from error  # what fails is a thread's, too
            environ["wsgi.input"] = io.BytesIO(body)
            environ[FAILURE] = error
            return self._flask(environ, start_response)
        start_response("200 OK", headers)
        return [content]

    def _read(
        self, environ: "WSGIEnvironment", body: bytes, started: float, admission: Admission
    ) -> _Asked:
        settings = self._settings
        header = environ.get("HTTP_X_REQUEST_TIMEOUT_MS")
        seconds = timeout_s(header, settings.request_timeout_ms, settings.max_request_timeout_ms)
        received_at = environ.get(ACCEPTED_AT, started)
        refuse_many_values(body)
        mail = request_models.read_classify(body)
        deadline = Deadline(received_at + seconds)
        return _Asked(mail, deadline, received_at, started, len(body), admission)

    def _answer(
        self, environ: "WSGIEnvironment", asked: _Asked
    ) -> tuple[list[tuple[str, str]], bytes]:
        metrics.IN_FLIGHT.inc()
        try:
            return self._classified(environ, asked)
        finally:
            metrics.IN_FLIGHT.dec()

    def _classified(
        self, environ: "WSGIEnvironment", asked: _Asked
    ) -> tuple[list[tuple[str, str]], bytes]:
        answer_id = new_id()
        request_id = accepted_request_id(environ.get("HTTP_X_REQUEST_ID")) or answer_id
        caller, tenant = asked.admission.caller, asked.admission.tenant
        trace = begin_trace(environ, self._tracer, asked.received_at, asked.started)
        timings = Timings(trace)
        gone = environ.get(PEER_GONE, never_gone)
        request = RequestMetadata(
            asked.deadline, asked.mail.heads, tenant, timings, gone, caller.is_bound
        )
        ids = AnswerIds(answer_id, request_id, caller.key_id)
        made = answer_content(
            self._pipeline, self._recorder, asked.mail, request, ids, at_once=AT_ONCE in environ
        )
        environ[REPEATABLE] = made.was_ready and self._may_be_at_once
        content, spent_ms = made.content, made.spent_ms
        traceparent, now = shown_traceparent(environ, trace), time.monotonic()
        access = AccessRecord(
            request_id, traceparent, "POST", PATH, names_for_logs(caller, tenant), 200, None,
            asked.bytes_in, len(content), now - asked.received_at, spent_ms,
        )  # fmt: skip
        record(access)
        if trace is not None:
            end_trace(trace, access, answer_id, now)
        headers = [
            ("Content-Type", JSON),
            ("Content-Length", str(len(content))),
            ("Server-Timing", server_timing(spent_ms)),
            ("X-Request-Id", request_id),
            *([("traceparent", traceparent)] if traceparent else ()),
            ("X-Content-Type-Options", "nosniff"),
            *cors_headers(self._settings, PATH, environ.get("HTTP_ORIGIN")).items(),
        ]
        return headers, content


def _body(environ: "WSGIEnvironment") -> bytes:
    """Read the whole body; raise BadRequestError where it ends early or cannot be read."""
    length = int(environ["CONTENT_LENGTH"])
    try:
        body: bytes = environ["wsgi.input"].read(length)
    except Exception:  # gunicorn's errors have no common base, and quote the body
        raise BadRequestError from None
    if len(body) < length:
        raise BadRequestError
    return body


def _is_plain(environ: "WSGIEnvironment", most_bytes: int) -> bool:
    """Whether this is one email in JSON of announced length, as almost every request is."""
    length: Any = environ.get("CONTENT_LENGTH") or ""
    return (
        environ["PATH_INFO"] == PATH
        and environ["REQUEST_METHOD"] == "POST"
        and environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() == JSON
        and length.isdecimal()
        and len(length) <= _LENGTH_DIGITS
        and int(length) <= most_bytes
        and not environ.get("QUERY_STRING")
        and "HTTP_CONTENT_ENCODING" not in environ
        and "HTTP_TRANSFER_ENCODING" not in environ
        and _HOST.fullmatch(environ.get("HTTP_HOST", "")) is not None
    )
