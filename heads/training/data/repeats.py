"""Takes rows that repeat another out of a table, by one rule, and says which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from heads.training.data.near_duplicates import folded
from heads.training.data.tables import Record, require_columns

RULE = (
    "a text is learnt once, under the label that most of its rows have, and not at all where two "
    "labels have as many"
)
_SHOWN = 3


@dataclass(frozen=True)
class Repeats:
    """The rows kept, how many repeat one of them, and the texts whose rows disagree.

    `conflicts`: for each such text the places of its rows; `undecided`: how many of them are tied,
    so that none of their rows is kept.
    """

    kept: tuple[Record, ...]
    repeated: int
    conflicts: tuple[tuple[str, ...], ...]
    undecided: int

    def notes(self) -> Iterator[str]:
        """Yield a line for each kind that there is, with the rule."""
        if self.repeated:
            yield f"{self.repeated} rows repeat another, label and all: kept once"
        if self.conflicts:
            shown = "; ".join(", ".join(places[:2]) for places in self.conflicts[:_SHOWN])
            more = "; ..." if len(self.conflicts) > _SHOWN else ""
            left_out = f"{self.undecided} of them left out" if self.undecided else "all decided"
            conflicts = f"{len(self.conflicts)} texts stand under several labels"
            yield f"{conflicts} ({left_out}): {shown}{more}"
        if self.repeated or self.conflicts:
            yield f"rule: {RULE}"


def learnt_once(
    records: Sequence[Record],
    text_column: str,
    context_column: str,
    label_column: str,
    note: Callable[[str], None],
) -> list[Record]:
    """Return the rows to learn from; `note` is told which were taken out and by what rule.

    Raises DataError where a column is not there.
    """
    require_columns(records, {text_column: "--text-column", label_column: "--label-column"})
    repeats = without_repeats(
        records, text_column=text_column, context_column=context_column, label_column=label_column
    )
    for line in repeats.notes():
        note(line)
    return list(repeats.kept)


def without_repeats(
    records: Sequence[Record], *, text_column: str, context_column: str, label_column: str
) -> Repeats:
    """Sort rows whose text and context are the same but for case and space.

    Of several labels at once the whole set is the label. Rows without a text or label are kept
    for whoever reads them to refuse.
    """
    rows_of = defaultdict(list)
    kept: list[Record] = []
    for record in records:
        text, context = record.fields.get(text_column), record.fields.get(context_column)
        label = record.fields.get(label_column)
        if not isinstance(text, str) or not text.strip() or label is None or label == "":
            kept.append(record)
            continue
        rows_of[folded(text), folded(str(context or ""))].append((_label(label), record))
    repeated, undecided = 0, 0
    conflicts = []
    for rows in rows_of.values():
        counts = Counter(label for label, _ in rows).most_common()
        if len(counts) > 1:
            conflicts.append(tuple(record.place for _, record in rows))
            if counts[0][1] == counts[1][1]:
                undecided += 1
                continue
        else:
            repeated += len(rows) - 1
        kept.append(next(record for label, record in rows if label == counts[0][0]))
    order = {id(record): place for place, record in enumerate(records)}
    kept.sort(key=lambda record: order[id(record)])
    return Repeats(tuple(kept), repeated, tuple(conflicts), undecided)


def _label(value: object) -> str:
    return "\0".join(sorted(map(str, value))) if isinstance(value, list) else str(value).strip()
