"""Makes a backtest's figures of what was counted: shares with intervals, as plain JSON."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gateway.offline.backtest.tally import NOTHING, Agreement, Tally
from gateway.prediction_log.statistics.intervals import paired_difference, proportion

FORMAT = 1
"""What reads these figures knows this number; `heads promote --backtest` does."""
Json = dict[str, Any]


def figures(tally: Tally) -> Json:
    """Return the figures of a backtest: counts and intervals of 95 %, nothing of any mail."""
    scored, moves = tally.scored, tally.moves
    changed = sum(count for (old, new), count in moves.items() if old != new)
    labels = sorted({label for move in moves for label in move} - {NOTHING})
    return {
        "format": FORMAT,
        "scored": scored,
        "unreadable": tally.unreadable,
        "answered_by": dict(sorted(tally.versions.items())),
        "otherwise": asdict(proportion(changed, scored)),
        "labels": {label: _mix(moves, label) for label in (*labels, NOTHING)},
        "moves": [
            {"from": old, "to": new, "rows": count}
            for (old, new), count in sorted(moves.items(), key=lambda entry: (-entry[1], entry[0]))
            if old != new
        ],
        "feedback": {
            version: agreement_figures(agreement)
            for version, agreement in sorted(tally.agreement.items())
        },
    }


def agreement_figures(agreement: Agreement) -> Json:
    """Return how often either answer is what people hold to be right, and the difference."""
    pairs = agreement.pairs
    rows = pairs.total()
    counts = {
        "both": pairs[True, True],
        "only_new": pairs[False, True],
        "only_old": pairs[True, False],
        "neither": pairs[False, False],
    }
    difference = paired_difference(**counts)
    return {
        "rows": rows,
        **counts,
        "old": asdict(proportion(counts["both"] + counts["only_old"], rows)),
        "new": asdict(proportion(counts["both"] + counts["only_new"], rows)),
        "difference": None if difference is None else asdict(difference),
        "acted_wrong": {
            "old": asdict(proportion(agreement.wrong_old, rows)),
            "new": asdict(proportion(agreement.wrong_new, rows)),
        },
    }


def _mix(moves: Mapping[tuple[str, str], int], label: str) -> Json:
    """Return a label's share of what was decided and would be, and the difference of both."""
    pairs: Counter[tuple[bool, bool]] = Counter()
    for (old, new), count in moves.items():
        pairs[old == label, new == label] += count
    rows = pairs.total()
    difference = paired_difference(
        pairs[True, True], pairs[False, True], pairs[True, False], pairs[False, False]
    )
    return {
        "old": asdict(proportion(pairs[True, True] + pairs[True, False], rows)),
        "new": asdict(proportion(pairs[True, True] + pairs[False, True], rows)),
        "difference": None if difference is None else asdict(difference),
    }
