"""A gateway in memory whose heads have versions beside production, for the tests of rollouts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from embedder.testing.embedder import FakeEmbedder
from gateway.api.rendering import render
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from gateway.rollout.canary import Canaries
from gateway.rollout.shadow import Shadows
from gateway.rollout.shadow_log import ShadowLog
from gateway.rollout.versions import Versions
from heads.prediction import HeadSet
from tests.support.pools import OTHER, FakePool

TEXTS = [f"words number {n}" for n in range(400)]


class RolloutGateway:
    """A gateway over two fake encoders and a fake pool, with candidates and shadows.

    `demotions` holds each demotion asked for (head, version, reason), of which the first
    `failures_left` fail; `demoted` is set at the first that does not. Shadows work when a test
    calls `shadows.run_once`, unless `shadows` makes others.
    """

    def __init__(
        self,
        served: HeadSet,
        shadow_log: ShadowLog | None = None,
        shadows: Callable[[FakePool], Shadows] | None = None,
    ) -> None:
        self.embedder, self.second = FakeEmbedder(), FakeEmbedder(fingerprint=OTHER)
        self.pool = FakePool(served)
        self.demotions: list[tuple[str, str, str]] = []
        self.failures_left = 0
        self.demoted = threading.Event()
        unthreaded = Shadows(self.pool, shadow_log, threaded=False)
        self.shadows = shadows(self.pool) if shadows else unthreaded
        self.pipeline = Pipeline(
            {"a": self.embedder, "b": self.second},
            self.pool,
            answer_cache(1 << 20),
            60,
            rollout=Versions(Canaries(self._demote, retry_s=0.01), self.shadows),
        )
        self.pipeline.encoders.refresh(1)

    def _demote(self, head: str, version: str, why: str) -> None:
        self.demotions.append((head, version, why))
        if self.failures_left:
            self.failures_left -= 1
            raise OSError("not now")
        self.demoted.set()

    def ask(self, *texts: str, tenant: str = "", **mail: Any) -> list[dict[str, object]]:
        """Classify texts, each under its number as id; return the heads of each answer."""
        mails = {str(n): MailInput(text=text, **mail) for n, text in enumerate(texts)}
        outcomes = self.pipeline.classify(mails, RequestMetadata(within(60), tenant=tenant))
        return [
            json.loads(render(outcome, "id", {}))["heads"]
            for outcome in outcomes.values()
            if isinstance(outcome, Answer)
        ]


def answering_version(heads: dict[str, object]) -> tuple[str, bool]:
    """Return the version of `intent` that answered, and whether it is marked as the candidate."""
    intent = heads["intent"]
    assert isinstance(intent, dict)
    return intent["version"], intent.get("canary", False)
