"""Joins candidates and shadows into the rollout observer that inference calls."""

from gateway.inference.item import Item
from gateway.inference.observer import ScoredItems
from gateway.inference.snapshot import Snapshot
from gateway.rollout.canary import Canaries
from gateway.rollout.shadow import Shadows


class Versions:
    """A RolloutObserver over the canaries and shadows of one worker."""

    def __init__(self, canaries: Canaries, shadows: Shadows) -> None:
        self._canaries = canaries
        self._shadows = shadows

    def choose(self, item: Item, snapshot: Snapshot) -> frozenset[str]:
        """See RolloutObserver."""
        return self._canaries.choose(item, snapshot)

    def observe(self, scored: ScoredItems) -> None:
        """See RolloutObserver."""
        if scored.predictions.candidates:
            self._canaries.observe(scored.predictions)
        for result in scored.embeddings.results:
            if result.group.shadows:
                self._shadows.offer(result, scored.snapshot.head_set, scored.predictions)

    def close(self) -> None:
        """End their threads."""
        self._canaries.close()
        self._shadows.close()
