"""Counts what was decided beside what a version would have decided, block by block."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

NOTHING = "(nothing)"
"""What stands for a label where the head abstained: nothing is acted on."""
Move = tuple[str, str]


@dataclass(frozen=True)
class Answers:
    """A head's answers to some mails: the best labels, and which are abstained from."""

    labels: Sequence[str]
    abstained: Sequence[bool]

    def decided(self) -> list[str]:
        """Return what may be acted on, NOTHING where the head abstained."""
        pairs = zip(self.labels, self.abstained, strict=True)
        return [NOTHING if abstained else label for label, abstained in pairs]


@dataclass
class Agreement:
    """How two answers stand to what people hold to be right: corrections by who was right.

    `wrong_old` and `wrong_new` count labels that were acted on, and are others than people's.
    """

    pairs: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    wrong_old: int = 0
    wrong_new: int = 0

    def add(self, truth: str, old: tuple[str, bool], new: tuple[str, bool]) -> None:
        """Count one correction; an answer is its best label, and whether it was abstained from."""
        self.pairs[old[0] == truth, new[0] == truth] += 1
        self.wrong_old += old[0] != truth and not old[1]
        self.wrong_new += new[0] != truth and not new[1]


@dataclass
class Tally:
    """What was counted so far; holds no word of any mail.

    `moves` count mails by what was decided and what would be, `agreement` corrections by the
    version that answered; `examples` name up to `most_examples` predictions of each move.
    """

    truths: Mapping[str, str]
    most_examples: int = 5
    moves: Counter[Move] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    agreement: dict[str, Agreement] = field(default_factory=dict)
    examples: dict[Move, list[str]] = field(default_factory=dict)
    unreadable: int = 0

    @property
    def scored(self) -> int:
        """How many answers were compared."""
        return self.moves.total()

    def add(self, ids: Sequence[str], versions: Sequence[str], old: Answers, new: Answers) -> None:
        """Count a block of answers: what was answered, by which version, and the new answers."""
        moves = list(zip(old.decided(), new.decided(), strict=True))
        self.moves.update(moves)
        self.versions.update(versions)
        for row, move in enumerate(moves):
            if move[0] != move[1]:
                self._show(move, ids[row])
        for row, prediction_id in enumerate(ids):
            truth = self.truths.get(prediction_id)
            if truth is not None:
                self.agreement.setdefault(versions[row], Agreement()).add(
                    truth,
                    (old.labels[row], old.abstained[row]),
                    (new.labels[row], new.abstained[row]),
                )

    def _show(self, move: Move, prediction_id: str) -> None:
        shown = self.examples.setdefault(move, [])
        if len(shown) < self.most_examples:
            shown.append(prediction_id)
