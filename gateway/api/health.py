"""Checks whether this worker can answer, by asking the services it depends on."""

from dataclasses import dataclass

from embedder.errors import EmbedderError
from gateway.inference.pipeline import Pipeline

_PROBE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Readiness:
    """The result of each check: `ok`, or a stable word for what is missing."""

    embedder: str
    heads: str
    warm: str
    heads_not_loaded: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether a request would be answered now."""
        return self.embedder == self.heads == self.warm == "ok"


def probe(pipeline: Pipeline) -> Readiness:
    """Ask the embedders for their encoder; look for at least one serving head and a first answer.

    One embedder that answers is enough, because one that is away costs only its heads. Until every
    head that production names has served once, the worker is not ready and names the others: it
    may be about to replace one that has them. After that single heads that fail change nothing.
    """
    try:
        pipeline.encoders.refresh(_PROBE_TIMEOUT_S)
        embedder = "ok"
    except EmbedderError as error:
        embedder = error.code
    serving = any(head.status != "failed" for head in pipeline.head_set().heads.values())
    not_loaded = pipeline.never_loaded()
    return Readiness(
        embedder=embedder,
        heads="none_serving" if not serving else "not_loaded" if not_loaded else "ok",
        warm="ok" if pipeline.encoders.warmed else "warming_up",
        heads_not_loaded=not_loaded,
    )
