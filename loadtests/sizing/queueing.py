"""Predict how long requests wait from service times and utilisation: formulas only.

Sources: Erlang's C formula; Allen and Cunneen's approximation of the mean wait in G/G/c
(A. O. Allen, Probability, Statistics and Queueing Theory, 1990, section 5.3).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 40_000


class SaturatedError(Exception):
    """More work arrives than the servers can do; there is no steady state."""


@dataclass(frozen=True)
class Station:
    """`servers` alike, each working `service_s` on one request.

    `scv` is that time's squared coefficient of variation (0: always the same, 1: exponential).
    """

    name: str
    service_s: float
    servers: int
    scv: float = 1.0

    def utilisation(self, rate: float) -> float:
        """Return the share of the servers' time that `rate` requests a second take."""
        return rate * self.service_s / self.servers


def erlang_c(servers: int, offered: float) -> float:
    """Return the probability that a request has to wait in M/M/c.

    `offered` is in servers' worth of work. Raises SaturatedError where `offered` reaches `servers`.
    """
    if offered >= servers:
        raise SaturatedError(f"{offered:.2f} servers' worth of work for {servers}")
    if offered <= 0:
        return 0.0
    blocked = 1.0  # Erlang B by its recursion, which never overflows
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked / (1 - offered / servers * (1 - blocked))


def mean_wait_s(station: Station, rate: float, arrivals_scv: float = 1.0) -> float:
    """Return the mean wait in G/G/c after Allen and Cunneen; exact for M/M/c and M/G/1."""
    offered = rate * station.service_s
    waits = erlang_c(station.servers, offered)
    exponential = waits * station.service_s / (station.servers - offered)
    return exponential * (arrivals_scv + station.scv) / 2


def latencies_s(
    base_s: Sequence[float],
    stations: Sequence[Station],
    rate: float,
    seed: int = 1,
    arrivals_scv: float = 1.0,
) -> NDArray[np.float64]:
    """Draw latencies at `rate`: an unloaded latency and a wait at each station.

    A wait is 0, or with Erlang's probability exponential with the mean that Allen and Cunneen
    give: the tail of M/M/c is exactly so. Raises SaturatedError.
    """
    draw = np.random.default_rng(seed)
    total = draw.choice(np.asarray(base_s, dtype=np.float64), DRAWS)
    for station in stations:
        waits = erlang_c(station.servers, rate * station.service_s)
        if waits > 0:
            scale = mean_wait_s(station, rate, arrivals_scv) / waits
            total += draw.exponential(scale, DRAWS) * (draw.random(DRAWS) < waits)
    return total


def percentile_ms(
    base_s: Sequence[float], stations: Sequence[Station], rate: float, percent: float,
    arrivals_scv: float = 1.0,
) -> float:  # fmt: skip
    """Predict the latency that `percent` of requests stay under; infinite when saturated.

    `arrivals_scv` 1: callers that know nothing of each other (Poisson); 0: evenly spaced.
    """
    try:
        drawn = latencies_s(base_s, stations, rate, arrivals_scv=arrivals_scv)
        return float(np.percentile(drawn, percent)) * 1e3
    except SaturatedError:
        return math.inf
