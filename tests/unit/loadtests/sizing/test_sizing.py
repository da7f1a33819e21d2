"""Sizing's formulas, search and files."""

import json
import math
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.sizing.caching import hit_curve, logged, smallest_enough, stack_distances
from loadtests.sizing.deployment import (
    FARGATE,
    Demand,
    deploy,
    fargate_memory,
    read_prices,
    variables,
    write,
)
from loadtests.sizing.queueing import (
    SaturatedError,
    Station,
    erlang_c,
    latencies_s,
    mean_wait_s,
    percentile_ms,
)
from loadtests.sizing.search import Axis, Settings, Trial, coordinate_search, knee, score

SETTINGS = {
    "EMBEDDER_MAX_BATCH_TOKENS": 4096, "EMBEDDER_STREAMS": 2, "GATEWAY_WORKERS": 2,
    "GATEWAY_THREADS": 16, "HEADS_WORKERS": 1, "HEADS_THREADS": 8,
}  # fmt: skip


def test_erlang_c_gives_known_values() -> None:
    """One server: the utilisation. Two servers at 1.5: 0.6429, as in the tables."""
    assert erlang_c(1, 0.7) == pytest.approx(0.7)
    assert erlang_c(2, 1.5) == pytest.approx(0.642857, abs=1e-6)
    assert erlang_c(3, 0.0) == 0
    with pytest.raises(SaturatedError):
        erlang_c(2, 2.0)


def test_waits_are_exact_for_m_m_1_and_m_d_1() -> None:
    """rho/(1-rho) service times with exponential work, half of it with constant work."""
    exponential, constant = Station("s", 0.01, 1, 1.0), Station("s", 0.01, 1, 0.0)

    assert mean_wait_s(exponential, 80) == pytest.approx(0.04)
    assert mean_wait_s(constant, 80) == pytest.approx(0.02)


def test_drawn_latencies_have_the_tail_of_m_m_1() -> None:
    """With exponential work the response time is exponential with mean 1/(mu - lambda)."""
    base = np.random.default_rng(2).exponential(0.01, 40_000).tolist()
    drawn = latencies_s(base, [Station("s", 0.01, 1, 1.0)], 70)

    assert float(np.mean(drawn)) == pytest.approx(1 / 30, rel=0.03)
    assert float(np.percentile(drawn, 95)) == pytest.approx(math.log(20) / 30, rel=0.05)


def test_latency_grows_with_load_and_ends_at_saturation() -> None:
    """A percentile never falls as the rate rises, and is infinite when work exceeds servers."""
    stations = [Station("s", 0.01, 2, 0.5)]
    times_ms = [percentile_ms([0.012], stations, rate, 95) for rate in (1, 50, 100, 150, 190, 200)]

    assert times_ms == sorted(times_ms)
    assert times_ms[-1] == math.inf


def _landscape(settings: Settings) -> Trial:
    rate = 100.0 - 10 * abs(settings["a"] - 2) - 3 * (settings["b"] == 1)
    return Trial(dict(settings), rate, 1.0, 2.0, rate)


def test_the_search_finds_the_knee_and_measures_nothing_twice() -> None:
    """Each axis ends at the smallest value within the tolerance of its best."""
    axes = [Axis("a", (1, 2, 3)), Axis("b", (1, 2, 4))]
    result = coordinate_search({"a": 3, "b": 4}, axes, _landscape, lambda: True)
    asked = [tuple(sorted(trial.settings.items())) for trial in result.trials]

    assert result.best.settings == {"a": 2, "b": 1}
    assert result.knees == {"a": 2, "b": 1}
    assert len(asked) == len(set(asked))
    assert result.curves["b"] == {1: 97, 2: 100, 4: 100}


def test_the_search_stops_when_the_budget_ends() -> None:
    """Without time for an axis its setting stays, and no knee is claimed."""
    left = iter([True, True, True, True, False, False, False])
    axes = [Axis("a", (1, 2, 3)), Axis("b", (1, 2, 4))]
    result = coordinate_search({"a": 3, "b": 4}, axes, _landscape, lambda: next(left))

    assert result.knees == {"a": 2}
    assert result.best.settings == {"a": 2, "b": 4}


def test_a_knee_is_the_smallest_that_is_nearly_best() -> None:
    """Noise within the tolerance buys nothing; above the limit a rate counts for less."""
    assert knee({1: 60, 2: 97, 4: 100, 8: 99}) == 2
    assert score(100, 140, 150) == 100
    assert score(100, 300, 150) == 50


@given(st.lists(st.integers(0, 12), max_size=80), st.integers(1, 14))
def test_all_cache_sizes_at_once_equal_an_lru_cache(keys: list[int], size: int) -> None:
    """Stack distances say of every size what an LRU cache of that size does."""
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for key in keys:
        hits += key in cache
        cache[key] = None
        cache.move_to_end(key)
        if len(cache) > size:
            cache.popitem(last=False)
    curve = hit_curve(keys, 100, [size])

    assert sum(0 <= d < size for d in stack_distances(keys)) == hits
    assert not keys or curve[0].hit_ratio == hits / len(keys)


def test_a_larger_cache_never_hits_less(tmp_path: Path) -> None:
    """The curve of a log of digests rises, and the smallest size that is enough is on it."""
    log = tmp_path / "digests"
    log.write_text("a\nb\na\n\nc\nb\na\n", encoding="utf-8")
    curve = hit_curve(logged(log), 1000)

    assert [point.hit_ratio for point in curve] == sorted(point.hit_ratio for point in curve)
    assert smallest_enough(curve).entries == 3
    assert smallest_enough(curve).memory_bytes == 3000


DEMANDS = [
    Demand("embedder", 0.004, 600), Demand("heads", 0.0005, 250), Demand("gateway", 0.001, 300),
]  # fmt: skip


@pytest.mark.parametrize("rate", [1, 200, 5000])
def test_a_deployment_is_one_that_fargate_has(rate: float) -> None:
    """Every task is an allowed pair, at least two of each, with room for the work and memory."""
    deployed = deploy(DEMANDS, [0.02], rate, 150, read_prices())

    assert deployed.within_limit
    assert deployed.utilisation <= 0.7
    for task, demand in zip(deployed.tasks, DEMANDS, strict=True):
        assert task.memory_mib in FARGATE[task.cpu]
        assert task.memory_mib >= demand.memory_mib
        assert task.count >= 2
        assert task.cores >= rate * demand.cpu_s


def test_cost_per_thousand_is_the_hours_price_over_its_emails() -> None:
    """Dollars an hour divided by thousands of emails an hour."""
    deployed = deploy(DEMANDS, [0.02], 200, 150, read_prices())
    by_hand = sum(
        t.count * (t.cpu / 1024 * 0.04048 + t.memory_mib / 1024 * 0.004445) for t in deployed.tasks
    )

    assert deployed.per_hour == pytest.approx(by_hand)
    assert deployed.per_thousand == pytest.approx(by_hand / (200 * 3.6))


def test_an_unreachable_limit_is_told() -> None:
    """Where the unloaded latency is above the limit no deployment claims to keep it."""
    assert not deploy(DEMANDS, [0.2], 10, 150, read_prices()).within_limit


def test_memory_that_no_size_holds_is_refused() -> None:
    """Fargate's steps are kept to; too much for a size is None."""
    assert fargate_memory(256, 600) == 1024
    assert fargate_memory(256, 1100) == 2048
    assert fargate_memory(256, 3000) is None


def test_the_written_files_carry_the_agreed_names(tmp_path: Path) -> None:
    """Terraform's variables and the services' settings, from the same numbers."""
    deployed = deploy(DEMANDS, [0.02], 200, 150, read_prices())
    values = variables(deployed, SETTINGS, 12_345_678, cores=2)
    tfvars, env = write(values, "staging", tmp_path, tmp_path)
    names = {
        "embedder_cpu", "embedder_memory_mib", "embedder_count", "embedder_max_batch_tokens",
        "embedder_streams", "embedder_cache_bytes", "gateway_cpu", "gateway_memory_mib",
        "gateway_count", "gateway_workers", "gateway_threads", "heads_cpu", "heads_memory_mib",
        "heads_count", "heads_workers", "heads_threads",
    }  # fmt: skip

    assert tfvars.name == "staging.sizing.auto.tfvars.json"
    assert set(json.loads(tfvars.read_text())) == names
    assert "EMBEDDER_CACHE_MAXSIZE_BYTES=12345678" in env.read_text().splitlines()
    assert "_COUNT" not in env.read_text()
