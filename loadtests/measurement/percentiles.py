"""Percentiles of latencies, as every report has them."""

from collections.abc import Sequence

import numpy as np


def percentile_ms(latencies_s: Sequence[float], percent: float) -> float:
    """Return the milliseconds that `percent` of these seconds stay under; 0 without any."""
    return float(np.percentile(latencies_s, percent)) * 1e3 if len(latencies_s) else 0.0
