"""What sizing writes: reasoning, pictures, and numbers that the deployment takes."""

import json
from pathlib import Path

import pytest

from loadtests.measurement.run import Run
from loadtests.reports.readme import rendered
from loadtests.sizing.caching import CachePoint, hit_curve
from loadtests.sizing.deployment import Demand, deploy, on_gpu, read_prices, variables
from loadtests.sizing.measure import Level
from loadtests.sizing.model import check, learn
from loadtests.sizing.page import reasoning
from loadtests.sizing.result import Order, Sized
from loadtests.sizing.run import axes, keep, start
from loadtests.sizing.search import Settings, Trial, coordinate_search


def _level(rate: float, offered: float, ms: float, cpu_s: float) -> Level:
    latencies = tuple(ms / 1e3 * (0.5 + i / 100) for i in range(100))
    cpu = dict.fromkeys(("embedder", "heads", "gateway", "client"), cpu_s / 4)
    return Level(offered, Run("level", 16, 100 / rate, latencies), cpu, 0.3)


def _measured(settings: Settings) -> Trial:
    rate = 90.0 + 10 * settings["EMBEDDER_STREAMS"] - settings["GATEWAY_WORKERS"]
    return Trial(dict(settings), rate, 20.0, 60.0, rate)


@pytest.fixture
def sized() -> Sized:
    """Make a finished sizing from invented measurements."""
    order = Order(150, 200, 0.3, 6, 1, "staging")
    search = coordinate_search(start(2), axes(2), _measured, lambda: True)
    levels = _level(10, 10, 10, 0.012), _level(120, 0, 90, 0.015), _level(70, 70, 20, 0.014)
    model = learn(levels[0], levels[1], 2)
    curve = hit_curve([i % 7 for i in range(50)], 5000)
    names = ("embedder", "heads", "gateway")
    demands = [Demand(name, levels[2].cpu_s[name], 300.0, model.scv) for name in names]
    deployed = deploy(demands, model.base_s, order.rate, order.slo_p95_ms, read_prices())
    values = variables(deployed, search.best.settings, 5_000_000, 2)
    return Sized(order, search, levels, model, tuple(check(model, levels[2])),
                 {"modelled": curve, "own log": curve}, CachePoint(7, 0.86, 35_000), deployed,
                 values, (0.1, 0.2))  # fmt: skip


def test_the_reasoning_names_every_step(sized: Sized) -> None:
    """Knees, the model's error, the cache, tasks, cost and its dated source are all said."""
    said = "\n".join(reasoning(sized))

    assert "the knee is embedder_streams=2" in said
    assert "error " in said
    assert "30.0% hits measured" in said
    assert "per 1,000 emails" in said
    assert read_prices().read in said


def test_everything_found_is_kept(sized: Sized, tmp_path: Path) -> None:
    """JSON, one page with all pictures inside, the pictures by themselves, and both files."""
    tf, env, results = (tmp_path / name for name in ("tf", "env", "results"))
    paths = keep(sized, tf, env, results)
    kept = json.loads(paths[0].read_text())

    assert all(path.exists() for path in paths)
    assert paths[1].read_text().count("<svg") == 4
    assert len(list(results.glob("*/*.png"))) == 4
    assert kept["variables"] == json.loads(paths[2].read_text())
    assert "per 1,000 emails" in rendered(results)
    assert kept["command"] in rendered(results)
    assert {one["percent"] for one in kept["checks"]} == {50, 95}


def test_sizes_measured_on_a_cpu_do_not_replace_those_of_a_gpu(
    sized: Sized, tmp_path: Path
) -> None:
    """Where the embedder runs on a GPU its numbers stay; gateway and heads get theirs."""
    old = {"embedder_cpu": 3584, "embedder_count": 2, "gateway_count": 99}
    (tmp_path / "staging.tfvars").write_text('embedder_compute    = "gpu"\n')
    (tmp_path / "dev.tfvars").write_text('embedder_compute    = "fargate"\n')
    (tmp_path / "staging.sizing.auto.tfvars.json").write_text(json.dumps(old))
    keep(sized, tmp_path, tmp_path, tmp_path)
    new = json.loads((tmp_path / "staging.sizing.auto.tfvars.json").read_text())

    assert (new["embedder_cpu"], new["embedder_count"]) == (3584, 2)
    assert new["gateway_count"] == sized.variables["gateway_count"]
    assert on_gpu("staging", tmp_path)
    assert not on_gpu("dev", tmp_path)
