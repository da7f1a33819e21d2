"""Counts the heads of answered emails: those of one table as a sum, brought to series later."""

from dataclasses import dataclass

import numpy as np

from gateway import metrics
from gateway.inference.classification import Classification
from gateway.inference.flat_combine import Numbers
from gateway.inference.flat_plan import FlatPlan
from gateway.inference.plan import DISABLED
from trunkline.tally import Counts, Tally


@dataclass(frozen=True, slots=True)
class HeadCounts:
    """What one request adds: emails, and by head those that it applies to and abstains from."""

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
        metrics.record_heads(name, head.version, head.status, 1, int(unsure))
    asked = [head for head in heads.values() if head.status != DISABLED]
    metrics.record_coverage(sum(head.answered for head in asked), len(asked))


def head_counts(flat: FlatPlan, numbers: Numbers) -> HeadCounts:
    """Return the counts of the rows of a table."""
    unsure = numbers.abstained & numbers.applies
    sums = ([len(unsure)], numbers.applies.sum(axis=0), unsure.sum(axis=0))
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
        metrics.record_heads(name, version, "ok", applied, sums[1 + heads + place])
        metrics.record_heads(name, version, "not_applicable", rows - applied)


_tally = Tally(_spread)
