"""What the heads service asks of its gunicorn worker: bounds, its problems, its metrics."""

from __future__ import annotations

from dataclasses import replace

from heads.config import Settings
from trunkline.serving.options import Observer, Options
from trunkline.serving.refusal import Refusal, Rendered, plain

_LEAST_MEMORY_BYTES = 64 << 20


def door_options(settings: Settings) -> Options:
    """Return the options of a worker; it receives 64 MiB at once, or what two bodies may need."""
    return Options(
        max_waiting=settings.max_waiting,
        max_wait_s=settings.max_wait_ms / 1000,
        memory_bytes=max(_LEAST_MEMORY_BYTES, 5 * settings.max_body_bytes // 2),
        body_limit=lambda _path, _media_type: settings.max_body_bytes,
        render=_render,
        observer=_observer,
    )


def _render(refusal: Refusal, head: bytes) -> Rendered:
    """Write a problem with the code that the application gives a body over its limit."""
    return plain(replace(refusal, code="too_large") if refusal.status == 413 else refusal, head)


def _observer() -> Observer:
    # In the worker: the master that reads these options must open no files of metrics.
    from heads.service.metrics import DoorMetrics

    return DoorMetrics()
