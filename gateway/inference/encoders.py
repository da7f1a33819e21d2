"""Watches what each embedder encodes with, and lists the encoders that requests may use."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from embedder.client import Embedder, EncoderIdentity
from embedder.errors import EmbedderError
from gateway.inference.deadline import Deadline
from gateway.inference.failover import FailoverEmbedder
from gateway.inference.plan import EncoderViews
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway")

_REFRESH_TIMEOUT_S = 2.0
_LEAST_S = 0.001
_COLD_INTERVAL_S = 0.25
_LOADING_S = 30.0
# A worker takes connections from its first moment on; until it is this old its requests wait for
# the first identity of an encoder, instead of being refused.
_STARTING_S = 5.0


class Absence:
    """Tells when an embedder's absence is news: once each time, and not while it may be starting.

    Services of one stack start together, and an encoder takes seconds to load.
    """

    def __init__(self, started: float) -> None:
        self._quiet_until = started + _LOADING_S
        self._reported = False

    def end(self) -> None:
        """Note that the embedder answers: from now on its absence is news at once."""
        self._quiet_until = 0.0
        self._reported = False

    def is_news(self, now: float) -> bool:
        """Return whether to report that the embedder does not answer, at monotonic time `now`."""
        if self._reported or now < self._quiet_until:
            return False
        self._reported = True
        return True


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder as a request sees it, and the embedder to reach it by."""

    identity: EncoderIdentity
    embedder: Embedder
    views: EncoderViews

    @property
    def fingerprint(self) -> str:
        """The identity that heads are matched by."""
        return self.identity.fingerprint


class Encoders:
    """The encoders behind named embedders, each watched by a thread of its own once started.

    `warm` runs after a watch's first success, and again until it returns True.
    """

    def __init__(
        self,
        embedders: Mapping[str, Embedder],
        interval_s: float,
        warm: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._startup_deadline = 0.0
        self._first_identity_known = threading.Event()
        self._shared: dict[tuple[Embedder, ...], Embedder] = {}
        self._watches = tuple(
            EncoderWatch(name, embedder, interval_s, warm, self._first_identity_known)
            for name, embedder in embedders.items()
        )

    def start(self) -> None:
        """Begin to watch."""
        self._startup_deadline = self._clock() + _STARTING_S
        for watch in self._watches:
            watch.start()

    def stop(self) -> None:
        """Stop watching and wait for the threads."""
        for watch in self._watches:
            watch.stop()

    def await_first_turn(self, timeout_s: float) -> bool:
        """Wait until every watch has tried once to warm; return False when time ran out."""
        end = self._clock() + timeout_s
        return all(watch.turned.wait(max(0.0, end - self._clock())) for watch in self._watches)

    @property
    def warmed(self) -> bool:
        """Whether a whole request has been answered, and every embedder been asked once."""
        watches = self._watches
        return any(watch.warmed for watch in watches) and all(watch.asked for watch in watches)

    def known(self, deadline: Deadline) -> tuple[Encoder, ...]:
        """Return every encoder that is known, in the order of the settings.

        Waits for the watches while this worker starts. Asks the embedders only if no encoder was
        ever known, and then raises the first one's error if all fail.
        """
        encoders = self.known_now()
        startup_s = self._startup_deadline - self._clock()
        if not encoders and startup_s > 0:
            self._first_identity_known.wait(min(startup_s, deadline.remaining()))
            encoders = self.known_now()
        return encoders or self.refresh(deadline.remaining())

    def refresh(self, timeout_s: float) -> tuple[Encoder, ...]:
        """Ask every embedder now, in `timeout_s` together, and return the encoders that are known.

        Each has an even share of the time that is left, so that one that hangs leaves some to the
        others. What was known of one that is away is kept; if all are away the first's error is
        raised.
        """
        end = self._clock() + timeout_s
        first_error: EmbedderError | None = None
        reached = False
        for done, watch in enumerate(self._watches):
            left_s = end - self._clock()
            try:
                watch.refresh(max(_LEAST_S, left_s / (len(self._watches) - done)))
                reached = True
            except EmbedderError as error:
                first_error = first_error or error
        if not reached and first_error is not None:
            raise first_error
        return self.known_now()

    def away(self, fingerprint: str) -> str:
        """Return why no embedder of this encoder answered its last look, "" if one did."""
        codes = [watch.away for watch in self._watches if _has(watch, fingerprint)]
        return codes[0] if codes and all(codes) else ""

    def answers(self, fingerprint: str) -> bool:
        """Return whether an embedder of this encoder answered its last look; asks none."""
        return any(_has(watch, fingerprint) and not watch.away for watch in self._watches)

    def known_now(self) -> tuple[Encoder, ...]:
        """Return one encoder a fingerprint; of its embedders those come first that answer."""
        watches: dict[str, list[EncoderWatch]] = {}
        for watch in self._watches:
            if watch.identity is not None:
                watches.setdefault(watch.identity.fingerprint, []).append(watch)
        return tuple(map(self._encoder, watches.values()))

    def _encoder(self, watches: Sequence["EncoderWatch"]) -> Encoder:
        first = watches[0]
        if len(watches) > 1:
            watches = sorted(watches, key=lambda watch: bool(watch.away))
            first = watches[0]
        if first.identity is None:
            raise ValueError("an encoder without an identity")
        embedder = first.embedder if len(watches) == 1 else self._shared_embedder(watches)
        return Encoder(first.identity, embedder, _common([watch.views for watch in watches]))

    def _shared_embedder(self, watches: Sequence["EncoderWatch"]) -> Embedder:
        """Return one embedder over those of several watches, the same as long as their order is."""
        embedders = tuple(watch.embedder for watch in watches)
        if embedders not in self._shared:
            if not self._shared:
                log.warning(
                    "embedders_share_an_encoder",
                    embedders=[watch.name for watch in watches],
                    better="name replicas as one embedder: a DNS name, or ipv4:HOST:PORT,HOST:PORT",
                )
            self._shared[embedders] = FailoverEmbedder(embedders)
        return self._shared[embedders]


def _common(views: Sequence[EncoderViews]) -> EncoderViews:
    """Return the views that every one of an encoder's embedders gives."""
    first = views[0]
    shared = tuple(p for p in first.poolings if all(p in other.poolings for other in views))
    return EncoderViews(first.layers, shared)


def _has(watch: "EncoderWatch", fingerprint: str) -> bool:
    return watch.identity is not None and watch.identity.fingerprint == fingerprint


class EncoderWatch:
    """Keeps an encoder's identity; asks its embedder every `interval_s` once started.

    `first_identity_known` is set as soon as it knows one. An identity outlives the
    embedder's absence: cached answers stay right, and what needs a forward fails by itself.
    """

    def __init__(
        self,
        name: str,
        embedder: Embedder,
        interval_s: float,
        warm: Callable[[], bool],
        first_identity_known: threading.Event,
    ) -> None:
        self.embedder = embedder
        self.identity: EncoderIdentity | None = None
        self.views = EncoderViews(0, ())
        self.warmed = False
        self.asked = False
        self.turned = threading.Event()  # its first look and warming are over, however they ended
        self._first_identity_known = first_identity_known
        self.name = name
        self.away = ""  # the code of the last look's failure
        self._interval_s = interval_s
        self._warm = warm
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="encoder-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching and wait for the thread."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def refresh(self, timeout_s: float) -> None:
        """Ask the embedder now; raise what it raises, keeping what was known."""
        try:
            facts = self.embedder.info(timeout_s=timeout_s)
            self.away = ""
        except EmbedderError as error:
            self.away = error.code
            raise
        finally:
            self.asked = True
        identity = facts.encoder
        self.views = EncoderViews(facts.layers, facts.poolings)  # a renewed embedder may have more
        if identity != self.identity:
            self.identity = identity
            self._first_identity_known.set()
            log.info(
                "encoder_seen",
                embedder=self.name,
                model_id=identity.model_id,
                fingerprint=identity.fingerprint,
            )

    def _run(self) -> None:
        absence = Absence(time.monotonic())
        while not self._stop.is_set():
            try:
                self.refresh(_REFRESH_TIMEOUT_S)
                self.warmed = self.warmed or self._warm()
                absence.end()
            except EmbedderError as error:
                if absence.is_news(time.monotonic()):
                    log.warning("embedder_lost", embedder=self.name, code=error.code)
            except Exception as error:
                # Whatever happens, the watch goes on: without it a worker never gets ready again.
                log.error("watch_failed", **whereabouts(error))
            self.turned.set()
            self._stop.wait(
                self._interval_s if self.warmed else min(_COLD_INTERVAL_S, self._interval_s)
            )
