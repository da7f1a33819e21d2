"""Measures `decision.opt_out` as a whole: rules, words and head together, against true labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from heads.training.metrics import bootstrap_interval


def opt_out_figures(
    truth: Sequence[bool], states: Sequence[str | None], authors: Sequence[str]
) -> dict[str, Any]:
    """Return shares and recalls of the states of rows; each as [value, low, high] at 95 %.

    `truth` says whether the author of a row opts out. Whole authors are resampled for the
    intervals: rows of one are alike. A share of nothing is None. `unknown` counts states of None,
    which find nothing.
    """
    wanted = np.array(truth, dtype=bool)
    yes = np.array([state == "yes" for state in states])
    review = np.array([state == "review" for state in states])
    figures = {
        "yes_precision": (wanted, yes),
        "yes_recall": (yes, wanted),
        "recall": (yes | review, wanted),
        "review_share": (review, np.ones(len(wanted), dtype=bool)),
    }
    return {
        "rows": len(wanted),
        "opt_outs": int(wanted.sum()),
        "yes": int(yes.sum()),
        "unknown": sum(state is None for state in states),
        **{name: _share(*masks, authors) for name, masks in figures.items()},
    }


def opt_out_lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines of text."""
    return [
        f"opt_out (rules, words and head): {figures['rows']} rows, {figures['opt_outs']} opt-outs, "
        f"{figures['yes']} yes, {figures['unknown']} unknown",
        f"  yes: precision {_shown(figures['yes_precision'])}, recall "
        f"{_shown(figures['yes_recall'])}",
        f"  yes and review: recall {_shown(figures['recall'])}; review for "
        f"{_shown(figures['review_share'])} of all rows",
    ]


def _share(
    hits: np.ndarray[Any, Any], among: np.ndarray[Any, Any], authors: Sequence[str]
) -> list[float] | None:
    """Return the share of `hits` in `among` with its interval; None where `among` is empty."""
    part = hits[among]
    if not part.size:
        return None
    writers = [author for author, is_among in zip(authors, among, strict=True) if is_among]
    low, high = bootstrap_interval(lambda rows: float(part[rows].mean()), writers)
    return [float(part.mean()), low, high]


def _shown(share: list[float] | None) -> str:
    return "unknown" if share is None else "{:.3f} ({:.3f} to {:.3f})".format(*share)
