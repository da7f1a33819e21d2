"""Hides replies in long neutral texts: at the start, in the middle or at the end."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal, get_args

from heads.training.data.dataset import Dataset
from heads.training.data.tables import Record
from heads.training.errors import DataError

Position = Literal["start", "middle", "end"]
POSITIONS: Final = get_args(Position)
SIZES: Final = (300, 600, 1200, 2000)
"""Tokens of a long text, reply included, in turn."""

_PARAGRAPH: Final = (2, 5)  # sentences, at least and at most
# A reply as long as the window itself needs no hiding, and one of two words is hard by itself.
_WORDS: Final = (4, 60)


@dataclass(frozen=True)
class LongText:
    """A text of about `size` tokens around the reply at `row` of the rows that it was made of."""

    text: str
    row: int
    position: Position
    size: int


@dataclass(frozen=True)
class Filler:
    """Sentences that ask for nothing: of the writer's own business, and of a product's page."""

    prose: Sequence[str]
    quoted: Sequence[str]

    @classmethod
    def of(cls, records: Sequence[Record]) -> Filler:
        """Sort rows by their `kind`. Raises DataError where there is none of either."""
        kinds: dict[str, list[str]] = {"prose": [], "quoted": []}
        for record in records:
            kinds.setdefault(str(record.fields.get("kind")), []).append(str(record.fields["text"]))
        if not (kinds["prose"] and kinds["quoted"]):
            raise DataError('filler needs rows of the kinds "prose" and "quoted"')
        return cls(kinds["prose"], kinds["quoted"])

    def paragraphs(self, random_: random.Random) -> Iterator[str]:
        """Yield paragraphs without end, a third of them quoted; sentences come back late."""
        prose, quoted = _shuffled(self.prose, random_), _shuffled(self.quoted, random_)
        while True:
            count = random_.randint(*_PARAGRAPH)
            if random_.random() < 1 / 3:
                yield '"' + " ".join(next(quoted) for _ in range(count)) + '"'
            else:
                yield " ".join(next(prose) for _ in range(count))


def choose_rows(opt_out: Dataset, count: int, seed: int = 0) -> list[int]:
    """Choose rows of an opt-out task without a context, half of them opt-outs, as `count` allows.

    Only short English replies: what is hidden must be short beside what hides it.
    """
    usable = [
        row
        for row, text in enumerate(opt_out.texts)
        if not opt_out.contexts[row]
        and opt_out.languages[row] == "en"
        and _WORDS[0] <= len(text.split()) <= _WORDS[1]
    ]
    random.Random(seed).shuffle(usable)
    yes = [row for row in usable if opt_out.truth[row] == 0][: count // 2]
    return sorted([*yes, *[row for row in usable if opt_out.truth[row] != 0][: count - len(yes)]])


def hide(
    replies: Sequence[str], filler: Filler, count_tokens: Callable[[str], int], seed: int = 0
) -> list[LongText]:
    """Hide each reply at every position in a text of one of the sizes, the same filler for all."""
    made = []
    for row, reply in enumerate(replies):
        size = SIZES[row % len(SIZES)]
        around = _filled(size - count_tokens(reply), filler, count_tokens, seed + row)
        for position in POSITIONS:
            before = {"start": 0, "middle": len(around) // 2, "end": len(around)}[position]
            parts = [*around[:before], reply, *around[before:]]
            made.append(LongText("\n\n".join(parts), row, position, size))
    return made


def _filled(
    tokens: int, filler: Filler, count_tokens: Callable[[str], int], seed: int
) -> list[str]:
    paragraphs: list[str] = []
    total = 0
    for paragraph in filler.paragraphs(random.Random(seed)):
        total += count_tokens(paragraph)
        if paragraphs and total > tokens:
            return paragraphs
        paragraphs.append(paragraph)
    return paragraphs


def _shuffled(sentences: Sequence[str], random_: random.Random) -> Iterator[str]:
    return chain.from_iterable(random_.sample(sentences, len(sentences)) for _ in iter(int, 1))
