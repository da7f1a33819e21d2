"""Sends a service's metrics from a thread of its own, again and again."""

from collections.abc import Callable

import structlog

from trunkline.background import Background
from trunkline.otlp.sender import AwayError, RefusedError

log = structlog.get_logger("trunkline")

_TIMEOUT_S = 5.0
_LAST_TIMEOUT_S = 1.0


class MetricsExport:
    """Calls `send` with seconds to do it in, every `interval_s`, where `may_send` allows it.

    A collector that is away misses nothing: the next message holds all counts again.
    """

    def __init__(
        self,
        send: Callable[[float], None],
        interval_s: float,
        may_send: Callable[[], bool],
    ) -> None:
        self._send = send
        self._may_send = may_send
        self._fails = False
        self._background = Background("metrics-export", self._turn, lambda: interval_s)

    def start(self) -> None:
        """Start the thread; call after the fork."""
        self._background.ensure()

    def close(self) -> None:
        """Stop; send once more what was counted last, unless the collector was away."""
        self._background.stop()
        if not self._fails:
            self._turn(_LAST_TIMEOUT_S)

    def _turn(self, timeout_s: float = _TIMEOUT_S) -> None:
        if not self._may_send():
            return
        try:
            self._send(timeout_s)
        except (AwayError, RefusedError) as error:
            if not self._fails:  # once an absence
                log.warning("collector_failed", what="metrics", reason=str(error))
            self._fails = True
        else:
            self._fails = False
