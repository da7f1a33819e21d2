"""The versions beside production: candidates that answer a share, shadows that only watch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.canary import Canaries
from gateway.embedding import Embedded
from gateway.judge import Judged
from gateway.letter import Letter
from gateway.shadow import Shadows
from gateway.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Scored:
    """Freshly scored mails, with all that was found out about them; `tried` as in `choose`."""

    letters: Sequence[Letter]
    tried: Sequence[frozenset[str]]
    snapshot: Snapshot
    embedded: Embedded
    judged: Judged


class Trials(Protocol):
    """Chooses who answers, and learns from the answers."""

    def choose(self, letter: Letter, snapshot: Snapshot) -> frozenset[str]:
        """Return the heads whose candidate answers this mail."""

    def observe(self, scored: Scored) -> None:
        """Learn from answers; takes next to no time."""


class NoTrials:
    """Production answers everything and nobody watches."""

    def choose(self, letter: Letter, snapshot: Snapshot) -> frozenset[str]:
        """Return no head."""
        return frozenset()

    def observe(self, scored: Scored) -> None:
        """Learn nothing."""


class SideVersions:
    """Canaries and shadows of one worker."""

    def __init__(self, canaries: Canaries, shadows: Shadows) -> None:
        self._canaries = canaries
        self._shadows = shadows

    def choose(self, letter: Letter, snapshot: Snapshot) -> frozenset[str]:
        """See Trials."""
        return self._canaries.choose(letter, snapshot)

    def observe(self, scored: Scored) -> None:
        """See Trials."""
        if scored.judged.trials:
            self._canaries.observe(scored.tried, scored.judged)
        for encoded in scored.embedded.encodings:
            if encoded.group.shadows:
                self._shadows.offer(
                    scored.letters, encoded, scored.snapshot.head_set, scored.judged
                )

    def close(self) -> None:
        """End their threads."""
        self._canaries.close()
        self._shadows.close()
