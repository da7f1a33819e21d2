"""The port by which a rollout chooses the versions that answer an item, and sees their answers."""

from dataclasses import dataclass
from typing import Protocol

from gateway.inference.embedding import Embeddings
from gateway.inference.item import Item
from gateway.inference.prediction import Predictions
from gateway.inference.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ScoredItems:
    """A request's freshly scored items: the vectors and scores behind their answers."""

    snapshot: Snapshot
    embeddings: Embeddings
    predictions: Predictions


class RolloutObserver(Protocol):
    """Chooses which version of a head answers, and learns from the answers."""

    def choose(self, item: Item, snapshot: Snapshot) -> frozenset[str]:
        """Return the heads whose candidate answers this item."""

    def observe(self, scored: ScoredItems) -> None:
        """Learn from answers, without delaying them."""


class NoRollout:
    """Production answers everything and no version watches."""

    def choose(self, item: Item, snapshot: Snapshot) -> frozenset[str]:
        """Return no head."""
        return frozenset()

    def observe(self, scored: ScoredItems) -> None:
        """Learn nothing."""
