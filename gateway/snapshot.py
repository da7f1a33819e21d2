"""What one request is answered with, from its start to its end: an encoder, heads and a plan."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from embedder.client import Embedder, EncoderIdentity
from embedder.errors import EmbedderError
from gateway.deadline import Deadline
from gateway.events import whereabouts
from gateway.plan import Asked, Plan
from heads.prediction import HeadSet

log = structlog.get_logger("gateway")

_REFRESH_TIMEOUT_S = 2.0
_COLD_INTERVAL_S = 0.25


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One encoder and one head set, and what of them a request asked for."""

    encoder: EncoderIdentity
    head_set: HeadSet
    asked: Asked
    plan: Plan


class EncoderWatch:
    """Keeps the encoder's identity; asks the embedder every `interval_s` once started.

    An identity outlives the embedder's absence: cached answers stay right, and what needs a
    forward finds out by itself. `warm` runs after each success until it returns True once.
    """

    def __init__(self, embedder: Embedder, interval_s: float, warm: Callable[[], bool]) -> None:
        self._embedder = embedder
        self._interval_s = interval_s
        self._warm = warm
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="encoder-watch", daemon=True)
        self._identity: EncoderIdentity | None = None
        self.warmed = False

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and wait for the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def identity(self, deadline: Deadline) -> EncoderIdentity:
        """Return who is encoding, asking the embedder only if it was never known.

        Raises what the embedder raises.
        """
        return self._identity or self.refresh(deadline.remaining())

    def refresh(self, timeout_s: float) -> EncoderIdentity:
        """Ask the embedder now; raises what it raises and then keeps what was known."""
        found = self._embedder.info(timeout_s=timeout_s).encoder
        if found != self._identity:
            self._identity = found
            log.info("encoder_seen", model_id=found.model_id, fingerprint=found.fingerprint)
        return found

    def _run(self) -> None:
        reachable = True
        while not self._stop.is_set():
            try:
                self.refresh(_REFRESH_TIMEOUT_S)
                self.warmed = self.warmed or self._warm()
                reachable = True
            except EmbedderError as error:
                if reachable:
                    log.warning("embedder_lost", code=error.code)
                reachable = False
            except Exception as error:
                # Whatever happens, the watch goes on: without it a worker never gets ready again.
                log.error("watch_failed", **whereabouts(error))
            self._stop.wait(
                self._interval_s if self.warmed else min(_COLD_INTERVAL_S, self._interval_s)
            )
