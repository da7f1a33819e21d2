"""Decide from signs of life whether the encoder serves, and watch them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from embedder.batching.engine import Engine
from embedder.errors import EmbedderError

log = structlog.get_logger()


@dataclass(frozen=True)
class HealthLimits:
    """The times from which silence is suspicious, and fatal."""

    probe_after_s: float  # no successful forward for so long: run a probe
    probe_timeout_s: float
    max_queue_age_s: float  # a text waiting longer: not serving
    forward_timeout_s: float  # a forward running longer: the encoder is lost


@dataclass(frozen=True, slots=True)
class LivenessSigns:
    """Signs of life of the encoder at one moment; times in seconds."""

    since_success_s: float
    longest_run_s: float
    oldest_age_s: float
    threads_alive: bool


@dataclass(frozen=True, slots=True)
class HealthDecision:
    """Whether to report SERVING and whether to probe; `fatal` names why the process must end."""

    serving: bool
    probe: bool = False
    fatal: str | None = None


def decide(signs: LivenessSigns, limits: HealthLimits) -> HealthDecision:
    """Decide from signs of life; where a probe is due, its success decides in the end."""
    if not signs.threads_alive:
        return HealthDecision(serving=False, fatal="encoder_thread_dead")
    if signs.longest_run_s > limits.forward_timeout_s:
        return HealthDecision(serving=False, fatal="forward_stuck")
    young = signs.oldest_age_s <= limits.max_queue_age_s
    # While a forward runs, a probe would only queue behind it.
    quiet = signs.longest_run_s == 0 and signs.since_success_s > limits.probe_after_s
    return HealthDecision(serving=young, probe=young and quiet)


class Watchdog:
    """Checks an engine; `publish` is called with each change of whether it serves."""

    def __init__(
        self, engine: Engine, limits: HealthLimits, publish: Callable[[bool], Awaitable[None]]
    ) -> None:
        self.serving = False
        self._engine = engine
        self._limits = limits
        self._publish = publish

    async def check(self) -> None:
        """Decide once and publish, probing the encoder if it has been silent.

        An encoder that is beyond repair is given up (`Scheduler.lose`).
        """
        scheduler = self._engine.scheduler
        decision = decide(self._signs(), self._limits)
        if decision.fatal:
            log.error("encoder_lost", reason=decision.fatal)
            scheduler.lose(decision.fatal)
        serving = decision.serving and scheduler.lost is None
        if serving and decision.probe:
            serving = await self._probe()
        await self.set_serving(serving and scheduler.lost is None)

    async def set_serving(self, serving: bool) -> None:
        """Publish whether the encoder serves, if that has changed."""
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

    def _signs(self) -> LivenessSigns:
        now = time.monotonic()
        scheduler = self._engine.scheduler
        liveness = scheduler.workers.liveness
        return LivenessSigns(
            since_success_s=now - liveness.last_success,
            longest_run_s=liveness.longest_run_s(now),
            oldest_age_s=scheduler.oldest_age_s(now),
            threads_alive=scheduler.workers.alive(),
        )
