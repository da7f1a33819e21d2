"""What the gateway asks of its gunicorn worker: bounds by path, its problems, its metrics."""

import re
from collections.abc import Mapping

from pydantic_core import to_json

from gateway.api.body import MESSAGE
from gateway.api.cors import cors_headers
from gateway.api.ids import accepted_request_id, new_id
from gateway.api.probes import PROBES
from gateway.config import Settings
from gateway.errors import PROBLEM_TYPE, BodyTooLargeError
from trunkline.serving.options import Observer, Options
from trunkline.serving.refusal import Refusal, Rendered, document

_BATCHES = (
    b"/v1/classify/batch",
    b"/v1/embeddings",
    b"/invocations",
    b"/ls/predict",
    b"/ls/setup",
    b"/ls/webhook",
)
_MAILS = (b"/v1/classify", b"/v1/clean", b"/invocations")
FORM_BESIDE_BYTES = 128 << 10
"""What a page's form may have beside a message: our last email, a subject, its frame."""
_REQUEST_ID = re.compile(rb"\r\nx-request-id[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_ORIGIN = re.compile(rb"\r\norigin[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE)
_PATH = re.compile(rb"[A-Z]+ (/[!-~]*)")
_LEAST_MEMORY_BYTES = 64 << 20


def door_options(settings: Settings) -> Options:
    """Return the options of a worker; it receives 64 MiB at once, or what two bodies may need."""
    largest = max(settings.max_raw_bytes, settings.max_body_bytes, settings.max_batch_body_bytes)
    return Options(
        max_waiting=settings.max_waiting,
        max_wait_s=settings.max_wait_ms / 1000,
        timeout_s=settings.request_timeout_ms / 1000,
        max_timeout_s=settings.max_request_timeout_ms / 1000,
        memory_bytes=max(_LEAST_MEMORY_BYTES, 5 * largest // 2),
        body_limit=lambda path, media_type: body_limit(settings, path, media_type),
        probes=frozenset(path.encode() for path in PROBES),
        render=lambda refusal, head: render_refusal(settings, refusal, head),
        observer=_observer,
    )


def body_limit(settings: Settings, path: bytes, media_type: bytes) -> int:
    """Return the most bytes that this path reads of a body of this type, both as they were sent."""
    if path in _MAILS and media_type.partition(b";")[0].strip().lower() == MESSAGE.encode():
        return max(settings.max_raw_bytes, settings.max_body_bytes)
    if path == b"/":
        return settings.max_raw_bytes + FORM_BESIDE_BYTES
    return settings.max_batch_body_bytes if path in _BATCHES else settings.max_body_bytes


def render_refusal(settings: Settings, refusal: Refusal, head: bytes) -> Rendered:
    """Write a problem as the application does, with the caller's request id or a new one."""
    sent = _REQUEST_ID.search(head)
    request_id = (
        accepted_request_id(sent[1].decode("latin-1").strip() if sent else None) or new_id()
    )
    limit = refusal.members.get("limit")
    if refusal.status == 413 and isinstance(limit, int):
        problem = BodyTooLargeError(limit, settings.max_raw_bytes).problem(request_id)
    else:
        kind = f"urn:trunkline:problem:{refusal.code}"
        problem = {**document(refusal, kind), "id": request_id}
    headers = (
        ("Content-Type", PROBLEM_TYPE),
        ("X-Request-Id", request_id),
        ("X-Content-Type-Options", "nosniff"),
        *_cors(settings, head).items(),
    )
    return Rendered(to_json(problem), headers)


def _cors(settings: Settings, head: bytes) -> Mapping[str, str]:
    path, origin = _PATH.match(head), _ORIGIN.search(head)
    if path is None:
        return {}
    origin_text = origin[1].decode("latin-1").strip() if origin else None
    return cors_headers(settings, path[1].decode("ascii"), origin_text)


def _observer() -> Observer:
    # In the worker: the master that reads these options must open no files of metrics.
    from gateway.api.door_metrics import DoorMetrics

    return DoorMetrics()
