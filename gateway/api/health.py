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

    @property
    def ready(self) -> bool:
        """Whether a request would be answered now."""
        return self.embedder == self.heads == self.warm == "ok"


def probe(pipeline: Pipeline) -> Readiness:
    """Ask the embedders for their encoder; look for at least one serving head and a first answer.

    One embedder that answers is enough, because one that is away costs only its heads. Heads that
    are missing or broken one by one do not make a worker unready.
    """
    try:
        pipeline.encoders.refresh(_PROBE_TIMEOUT_S)
        embedder = "ok"
    except EmbedderError as error:
        embedder = error.code
    serving = any(head.status != "failed" for head in pipeline.head_set().heads.values())
    return Readiness(
        embedder=embedder,
        heads="ok" if serving else "none_serving",
        warm="ok" if pipeline.encoders.warmed else "warming_up",
    )
