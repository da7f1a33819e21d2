"""What is kept of one answered request, for the log, the metrics and its trace."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from gateway import metrics
from gateway.api.probes import PROBES

log = structlog.get_logger("gateway.access")

_TRACE_ID = slice(3, 35)


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """What is kept of one answered request; `route` and `method` are None where none was found.

    `caller` is what logs may name of it: `auth.caller.names_for_logs`.
    """

    request_id: str
    traceparent: str | None
    method: str | None
    route: str | None
    caller: Mapping[str, str | None]
    status: int
    code: str | None
    bytes_in: int | None
    bytes_out: int | None
    seconds: float
    stages_ms: Mapping[str, float] | None


def record(access: AccessRecord) -> None:
    """Count one answered request, and log it."""
    route = access.route or "none"
    metrics.REQUESTS.labels(route, str(access.status)).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(access.seconds)
    note = log.debug if route in PROBES else log.info
    note(
        "request",
        id=access.request_id,
        trace=access.traceparent[_TRACE_ID] if access.traceparent else None,
        method=access.method,
        route=route,
        **access.caller,
        status=access.status,
        code=access.code,
        bytes_in=access.bytes_in,
        bytes_out=access.bytes_out,
        ms=round(access.seconds * 1000, 2),
        stages_ms=access.stages_ms,
    )
