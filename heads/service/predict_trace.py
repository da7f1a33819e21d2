"""Records one prediction as a part of its caller's trace."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from trunkline.otlp.tracing import Tracer
from trunkline.serving.environ import ACCEPTED_AT

_NAME: Final = "POST /v1/predict"


class PredictTraces:
    """Traces of predictions, begun and ended at once when one is over; thread-safe."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def ended(self, environ: Mapping[str, Any], started: float, *, failed: bool = False) -> None:
        """Record a prediction that a thread took at `started` (`time.monotonic()`)."""
        if not self._tracer.enabled:
            return
        accepted = environ.get(ACCEPTED_AT, started)
        trace = self._tracer.begin(environ.get("HTTP_TRACEPARENT"), accepted)
        if trace is None:
            return
        now = time.monotonic()
        trace.add_stage("wait", accepted, started)
        trace.add_stage("predict", started, now)
        attributes: dict[str, str | int] = {
            "http.route": "/v1/predict",
            "http.request.method": "POST",
            "http.request.body.size": int(environ.get("CONTENT_LENGTH") or 0),
        }
        trace.finish(_NAME, now, attributes, failed=failed)
