"""Tell the truth about the encoder: what its signs of life mean, and a watchdog that asks it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from embedder.engine import Engine
from embedder.errors import EmbedderError

log = structlog.get_logger()


@dataclass(frozen=True)
class HealthLimits:
    """When silence is suspicious, and when it is fatal."""

    probe_after_s: float  # no successful forward for so long: run a probe
    probe_timeout_s: float
    max_queue_age_s: float  # a text waiting longer: not serving
    forward_timeout_s: float  # a forward running longer: the encoder is lost


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of life at one moment, in seconds."""

    since_success_s: float
    longest_run_s: float
    oldest_age_s: float
    threads_alive: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What signs of life mean. `fatal` names why the process must end."""

    serving: bool
    probe: bool = False
    fatal: str | None = None


def judge(signs: Signs, limits: HealthLimits) -> Verdict:
    """Decide from signs of life; a due probe leaves the answer to the probe."""
    if not signs.threads_alive:
        return Verdict(serving=False, fatal="encoder_thread_dead")
    if signs.longest_run_s > limits.forward_timeout_s:
        return Verdict(serving=False, fatal="forward_stuck")
    young = signs.oldest_age_s <= limits.max_queue_age_s
    # While a forward runs, a probe would only queue behind it.
    quiet = signs.longest_run_s == 0 and signs.since_success_s > limits.probe_after_s
    return Verdict(serving=young, probe=young and quiet)


class Watchdog:
    """Looks at an engine now and then; `publish` is told whenever serving starts or stops."""

    def __init__(
        self, engine: Engine, limits: HealthLimits, publish: Callable[[bool], Awaitable[None]]
    ) -> None:
        self.serving = False
        self._engine = engine
        self._limits = limits
        self._publish = publish

    async def look(self) -> None:
        """Judge once, probing the encoder if it has been silent; never raises."""
        scheduler = self._engine.scheduler
        verdict = judge(self._signs(), self._limits)
        if verdict.fatal:
            log.error("encoder_lost", reason=verdict.fatal)
            scheduler.lose(verdict.fatal)
        serving = verdict.serving and scheduler.lost is None
        if serving and verdict.probe:
            serving = await self._probe()
        await self.set(serving and scheduler.lost is None)

    async def set(self, serving: bool) -> None:
        """Publish a change of state."""
        if serving != self.serving:
            self.serving = serving
            log.info("health_changed", serving=serving)
            await self._publish(serving)

    async def _probe(self) -> bool:
        try:
            await self._engine.probe(self._limits.probe_timeout_s)
        except EmbedderError as error:
            log.warning("probe_failed", code=error.code)
            return False
        return True

    def _signs(self) -> Signs:
        now = time.monotonic()
        scheduler = self._engine.scheduler
        pulse = scheduler.workers.pulse
        return Signs(
            since_success_s=now - pulse.last_success,
            longest_run_s=pulse.longest_run_s(now),
            oldest_age_s=scheduler.oldest_age_s(now),
            threads_alive=scheduler.workers.alive(),
        )
