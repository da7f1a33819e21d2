"""What one request is answered with, from its start to its end: encoders, heads and a plan."""

from dataclasses import dataclass

from gateway.inference.encoders import Encoder
from gateway.inference.plan import Plan
from heads.prediction import HeadSet


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The encoders and the head set, and what of them a request asked for."""

    encoders: tuple[Encoder, ...]
    fingerprints: tuple[str, ...]  # the encoders', in order
    head_set: HeadSet
    plan: Plan

    def encoder(self, fingerprint: str) -> Encoder:
        """Return the encoder of one of the plan's groups."""
        return next(known for known in self.encoders if known.fingerprint == fingerprint)


def fingerprints(encoders: tuple[Encoder, ...]) -> tuple[str, ...]:
    """Return every encoder's, in order."""
    return tuple(encoder.fingerprint for encoder in encoders)
