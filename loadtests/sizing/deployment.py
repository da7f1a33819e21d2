"""Turn measured demands into tasks: Fargate sizes, counts, cost, and the files for Terraform."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loadtests.sizing.queueing import Station, percentile_ms

HERE = Path(__file__).resolve().parent
HEADROOM = 1.3  # memory above what was measured
UTILISATIONS = (0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)  # tried from the cheapest on

# CPU units -> MiB that Fargate allows, ascending
# (docs.aws.amazon.com/AmazonECS/latest/userguide/task-cpu-memory-error.html).
FARGATE: Mapping[int, Sequence[int]] = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}


@dataclass(frozen=True)
class Demand:
    """What one service needs: CPU seconds a request, MiB a task at rest, MiB a worker."""

    service: str
    cpu_s: float
    memory_mib: float
    scv: float = 1.0


@dataclass(frozen=True)
class Task:
    """`count` tasks of one service, each with `cpu` units (1024: one core) and memory."""

    service: str
    cpu: int
    memory_mib: int
    count: int

    @property
    def cores(self) -> float:
        """Cores of all its tasks."""
        return self.cpu * self.count / 1024


@dataclass(frozen=True)
class Prices:
    """Dollars an hour of a core and of a GB, and where they are from."""

    vcpu_hour: float
    gb_hour: float
    source: str
    read: str
    region: str
    note: str

    def hour(self, tasks: Sequence[Task]) -> float:
        """Return the dollars that the tasks cost in an hour."""
        return sum(
            task.cores * self.vcpu_hour + task.memory_mib / 1024 * task.count * self.gb_hour
            for task in tasks
        )


@dataclass(frozen=True)
class Deployment:
    """The tasks, what they should do at the asked rate, and what that costs."""

    tasks: tuple[Task, ...]
    utilisation: float
    p95_ms: float
    per_hour: float
    per_thousand: float
    within_limit: bool


def read_prices(kind: str = "linux_x86", path: Path = HERE / "prices.toml") -> Prices:
    """Read the dated price table. Raises KeyError for a kind that it does not have."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Prices(
        table[kind]["vcpu_hour"], table[kind]["gb_hour"], table["source"], str(table["read"]),
        table["region"], table["note"],
    )  # fmt: skip


def deploy(
    demands: Sequence[Demand], base_s: Sequence[float], rate: float, limit_ms: float,
    prices: Prices, least_tasks: int = 2,
) -> Deployment:  # fmt: skip
    """Find the cheapest deployment whose predicted p95 at `rate` stays within `limit_ms`.

    Utilisation is lowered until it does. `least_tasks` of each service, so that one may be lost.
    If none does (the unloaded latency is above the limit), the last is returned, and its
    `within_limit` is false.
    """
    deployment: Deployment | None = None
    for utilisation in UTILISATIONS:
        tasks = tuple(_task(demand, rate, utilisation, least_tasks) for demand in demands)
        stations = [_station(d, t) for d, t in zip(demands, tasks, strict=True)]
        slower_s = sum(s.service_s - d.cpu_s for d, s in zip(demands, stations, strict=True))
        p95 = percentile_ms([base + slower_s for base in base_s], stations, rate, 95)
        hour = prices.hour(tasks)
        busiest = max(s.utilisation(rate) for s in stations)
        deployment = Deployment(tasks, busiest, p95, hour, hour / (rate * 3.6), p95 <= limit_ms)
        if deployment.within_limit:
            break
    assert deployment is not None  # noqa: S101  (UTILISATIONS is not empty)
    return deployment


def variables(
    deployment: Deployment, settings: Mapping[str, int], cache_bytes: int, cores: int
) -> dict[str, int]:
    """Return the names that terraform/ declares, with their values.

    Workers go with a task's cores as they did with this machine's `cores`; threads stay.
    """
    tasks = {task.service: task for task in deployment.tasks}
    values: dict[str, int] = {}
    for name, task in tasks.items():
        values |= {f"{name}_cpu": task.cpu, f"{name}_memory_mib": task.memory_mib,
                   f"{name}_count": task.count}  # fmt: skip
    for name in ("gateway", "heads"):
        share = tasks[name].cpu / 1024 / cores
        values[f"{name}_workers"] = max(1, round(settings[f"{name.upper()}_WORKERS"] * share))
        values[f"{name}_threads"] = settings[f"{name.upper()}_THREADS"]
    values["embedder_max_batch_tokens"] = settings["EMBEDDER_MAX_BATCH_TOKENS"]
    values["embedder_streams"] = max(1, tasks["embedder"].cpu // 1024)
    values["embedder_cache_bytes"] = cache_bytes
    return dict(sorted(values.items()))


def write(
    values: Mapping[str, int], environment: str, tf_folder: Path, env_folder: Path
) -> list[Path]:
    """Write `<environment>.sizing.auto.tfvars.json` and `<environment>.sizing.env`.

    Where the environment's embedder runs on a GPU, its sizes stay: a CPU is no measure of them.
    """
    tfvars = tf_folder / f"{environment}.sizing.auto.tfvars.json"
    if on_gpu(environment, tf_folder) and tfvars.exists():
        old = json.loads(tfvars.read_text(encoding="utf-8"))
        gpu_sizes = {name: value for name, value in old.items() if name.startswith("embedder_")}
        values = {**values, **gpu_sizes}
    env = env_folder / f"{environment}.sizing.env"
    for folder in (tf_folder, env_folder):
        folder.mkdir(parents=True, exist_ok=True)
    tfvars.write_text(json.dumps(dict(values), indent=2) + "\n", encoding="utf-8")
    names = {"embedder_cache_bytes": "EMBEDDER_CACHE_MAXSIZE_BYTES"}
    lines = [
        f"{names.get(name, name.upper())}={value}"
        for name, value in values.items()
        if not name.endswith(("_cpu", "_memory_mib", "_count"))
    ]
    env.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [tfvars, env]


def on_gpu(environment: str, tf_folder: Path) -> bool:
    """Whether `<environment>.tfvars` puts the embedder on a GPU."""
    chosen = tf_folder / f"{environment}.tfvars"
    text = chosen.read_text(encoding="utf-8") if chosen.exists() else ""
    return re.search(r'^embedder_compute\s*=\s*"gpu"', text, re.MULTILINE) is not None


def fargate_memory(cpu: int, mib: float) -> int | None:
    """Return the least memory allowed with `cpu` units that holds `mib`; None where none does."""
    return next((allowed for allowed in FARGATE[cpu] if allowed >= mib), None)


def _task(demand: Demand, rate: float, utilisation: float, least_tasks: int) -> Task:
    """Choose few large tasks rather than many small ones: caches and batches gain by company."""
    cores = rate * demand.cpu_s / utilisation
    memory = demand.memory_mib * HEADROOM
    for cpu in FARGATE:
        enough = fargate_memory(cpu, memory)
        if enough is not None and cpu / 1024 * least_tasks >= cores:
            return Task(demand.service, cpu, enough, least_tasks)
    largest = 4096  # beyond it: more tasks
    count = math.ceil(cores / (largest / 1024))
    return Task(
        demand.service, largest, fargate_memory(largest, memory) or FARGATE[largest][-1], count
    )


def _station(demand: Demand, task: Task) -> Station:
    """Model a server a core; a task with a share of one is a server that is as much slower."""
    share = min(1.0, task.cpu / 1024)
    servers = task.count * max(1, task.cpu // 1024)
    return Station(demand.service, demand.cpu_s / share, servers, demand.scv)
