"""Counts the heads of answered emails: those of one table as a sum, brought to series later."""

from dataclasses import dataclass

import numpy as np

from gateway import metrics
from gateway.inference.classification import Classification
from gateway.inference.flat_combine import Numbers
from gateway.inference.flat_plan import FlatPlan
from gateway.inference.plan import DISABLED
from trunkline.tally import Counts, Tally

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class HeadCounts:
    """What one request adds: emails, and by head those that it applies to and abstains from.

    Behind these stand, by head, the sums of the others' probabilities in millionths.
    """

    flat: FlatPlan
    sums: Counts

    def record(self) -> None:
        """Count the emails, their coverage at once."""
        for _ in range(int(self.sums[0])):
            metrics.record_coverage(*self.flat.coverage)
        _tally.add(self.flat, self.sums)


def count_heads(classification: Classification) -> None:
    """Count one email's heads, and its coverage by those that are not switched off."""
    heads = classification.heads
    for name, head in heads.items():
        unsure = head.status == "ok" and head.abstained
        expected = 0.0 if head.abstained else head.probability or 0.0
        metrics.record_heads(name, head.version, head.status, 1, int(unsure), expected)
    asked = [head for head in heads.values() if head.status != DISABLED]
    metrics.record_coverage(sum(head.answered for head in asked), len(asked))


def head_counts(flat: FlatPlan, numbers: Numbers) -> HeadCounts:
    """Return the counts of the rows of a table."""
    unsure = numbers.abstained & numbers.applies
    first = flat.columns.edges[-1]
    top = numbers.values[:, first : first + unsure.shape[1]]
    sure = top * (numbers.applies & ~numbers.abstained)
    expected = np.rint(sure.sum(axis=0) * _MILLION).astype(np.int64)
    sums = ([len(unsure)], numbers.applies.sum(axis=0), unsure.sum(axis=0), expected)
    return HeadCounts(flat, np.concatenate(sums, dtype=np.int64))


def flush() -> None:
    """Bring all counts to their series."""
    _tally.flush()


def _spread(flat: FlatPlan, sums: list[int]) -> None:
    rows, heads = sums[0], len(flat.columns.names)
    for name in flat.plan.asked:
        fixed = flat.fixed.get(name)
        if fixed is not None:
            metrics.record_heads(name, fixed.version, fixed.status, rows)
            continue
        place = flat.columns.places[name]
        version, applied = flat.columns.versions[place], sums[1 + place]
        unsure, expected = sums[1 + heads + place], sums[1 + 2 * heads + place] / _MILLION
        metrics.record_heads(name, version, "ok", applied, unsure, expected)
        metrics.record_heads(name, version, "not_applicable", rows - applied)


_tally = Tally(_spread)
