"""The port by which a rollout chooses who answers an item and watches what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.embedding import Embedded
from gateway.judge import Judged
from gateway.letter import Letter
from gateway.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Scored:
    """Freshly scored mails, with all that was found out about them; `tried` as in `choose`."""

    letters: Sequence[Letter]
    tried: Sequence[frozenset[str]]
    snapshot: Snapshot
    embedded: Embedded
    judged: Judged


class RolloutObserver(Protocol):
    """Chooses which version of a head answers, and learns from the answers."""

    def choose(self, letter: Letter, snapshot: Snapshot) -> frozenset[str]:
        """Return the heads whose candidate answers this mail."""

    def observe(self, scored: Scored) -> None:
        """Learn from answers; takes next to no time."""


class NoRollout:
    """Production answers everything and no version watches."""

    def choose(self, letter: Letter, snapshot: Snapshot) -> frozenset[str]:
        """Return no head."""
        return frozenset()

    def observe(self, scored: Scored) -> None:
        """Learn nothing."""
