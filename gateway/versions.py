"""The versions beside production: candidates that answer a share, shadows that only watch."""

from gateway.canary import Canaries
from gateway.letter import Letter
from gateway.observer import Scored
from gateway.shadow import Shadows
from gateway.snapshot import Snapshot


class Versions:
    """A RolloutObserver over the canaries and shadows of one worker."""

    def __init__(self, canaries: Canaries, shadows: Shadows) -> None:
        self._canaries = canaries
        self._shadows = shadows

    def choose(self, letter: Letter, snapshot: Snapshot) -> frozenset[str]:
        """See RolloutObserver."""
        return self._canaries.choose(letter, snapshot)

    def observe(self, scored: Scored) -> None:
        """See RolloutObserver."""
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
