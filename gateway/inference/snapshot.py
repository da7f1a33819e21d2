"""The encoders, heads and plan that one request uses from its start to its end."""

from dataclasses import dataclass

from gateway.inference.encoders import Encoder
from gateway.inference.plan import HeadNames, Plan, Planner
from heads.prediction import HeadSet


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The encoders and the head set of one moment, and the plan of what a request needs of them."""

    encoders: tuple[Encoder, ...]
    fingerprints: tuple[str, ...]  # the encoders', in order
    head_set: HeadSet
    plan: Plan

    def encoder(self, fingerprint: str) -> Encoder:
        """Return the encoder of one of the plan's groups."""
        return next(e for e in self.encoders if e.fingerprint == fingerprint)


def fingerprints(encoders: tuple[Encoder, ...]) -> tuple[str, ...]:
    """Return every encoder's fingerprint, in order."""
    return tuple(encoder.fingerprint for encoder in encoders)


def snapshot_of(
    planner: Planner, head_set: HeadSet, heads: HeadNames, encoders: tuple[Encoder, ...]
) -> Snapshot:
    """Return the snapshot of a request for `heads`."""
    views = {encoder.fingerprint: encoder.views for encoder in encoders}
    plan = planner.plan(head_set, heads, fingerprints(encoders), views)
    return Snapshot(encoders, fingerprints(encoders), head_set, plan)
