"""Writes the table of estimated monthly costs into README.md, from environments and prices.json.

`python terraform/cost.py` rewrites; `--check` only says whether it is stale.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ENVIRONMENTS = ("dev", "staging", "prod")
_SERIES = 15  # what agents publish: three of the embedder, eight of the gateway, four of heads
_SERIES_OF_LOG = 2


def monthly_cost(environment: str) -> dict[str, float]:
    """Return each part's cost in a month, with the least number of tasks."""
    prices = json.loads((HERE / "prices.json").read_text(encoding="utf-8"))
    sizes = _sizes(environment)
    chosen = _variables(environment)
    hours = prices["hours_a_month"]
    zones = int(chosen.get("az_count", 2))
    nats = {"none": 0, "single": 1, "per_az": zones}[chosen.get("nat_mode", "single")]
    endpoints = chosen.get("interface_endpoints", "false") == "true"
    addresses = nats + (zones if chosen.get("alb_internal", "true") == "false" else 0)
    per_endpoint = prices["interface_endpoints"] * zones * prices["endpoint_hour"] * hours
    return {
        "embedder": _embedder(prices, sizes, chosen),
        "gateway": _fargate(prices, sizes, "gateway"),
        "heads": _fargate(prices, sizes, "heads"),
        "load balancer": hours
        * (prices["load_balancer_hour"] + prices["load_balancer_capacity_hour"]),
        "NAT and addresses": hours
        * (nats * prices["nat_hour"] + addresses * prices["public_address_hour"]),
        "endpoints": per_endpoint if endpoints else 0.0,
        "looking for heads in S3": _polling(prices, sizes, chosen),
        "database and its backups": _database(prices, chosen) if _has_database(chosen) else 0.0,
        "shared cache": _cache(prices, chosen) if _is_on(chosen, "enable_shared_cache") else 0.0,
        "logs, metrics, alarms": prices["log_gib"] * prices["log_gib_a_month"]
        + _alarm_metrics(chosen) * prices["alarm_metric_month"]
        + (_SERIES + _is_on(chosen, "prediction_log") * _SERIES_OF_LOG)
        * prices["custom_metric_month"]
        + 3 * prices["container_insights_service_month"],
    }


def options() -> str:
    """Return the Markdown table of what is off, as it would be turned on, in whole dollars."""
    prices = json.loads((HERE / "prices.json").read_text(encoding="utf-8"))
    log = {"prediction_log": "true"}
    parts = {
        "`prediction_log`: database, backups, alarms": log,
        "the same over two zones": {**log, "multi_az": "true"},
        "`enable_shared_cache`": {},
    }
    rows = ["| turned on | a month, USD |", "|---|---:|"]
    for name, chosen in parts.items():
        cost = _log(prices, chosen) if chosen else _cache(prices, chosen)
        rows.append(f"| {name} | {cost:.0f} |")
    return "\n".join(rows)


def table() -> str:
    """Return the Markdown table of all environments, in whole dollars."""
    costs = {environment: monthly_cost(environment) for environment in ENVIRONMENTS}
    rows = ["| a month, USD | " + " | ".join(ENVIRONMENTS) + " |", "|---|---:|---:|---:|"]
    for part in costs["dev"]:
        cells = " | ".join(f"{costs[e][part]:.0f}" for e in ENVIRONMENTS)
        rows.append(f"| {part} | {cells} |")
    sums = " | ".join(f"**{sum(costs[e].values()):.0f}**" for e in ENVIRONMENTS)
    return "\n".join([*rows, f"| **in all** | {sums} |"])


def document() -> str:
    """Return terraform/README.md with today's tables between their marks."""
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for mark, text in (("costs", table()), ("options", options())):
        before, rest = readme.split(f"<!-- {mark} -->\n")
        after = rest.partition(f"\n<!-- /{mark} -->")[2]
        readme = f"{before}<!-- {mark} -->\n{text}\n<!-- /{mark} -->{after}"
    return readme


def _polling(prices: dict[str, Any], sizes: dict[str, float], chosen: dict[str, str]) -> float:
    """Return what looks at the catalog cost: each worker lists the heads and asks for each one."""
    if chosen.get("catalog_in_s3", "false") != "true":
        return 0.0
    interval = float(chosen.get("catalog_poll_interval_s", _default("catalog_poll_interval_s")))
    heads = sum(path.is_dir() for path in (HERE.parent / "heads" / "catalog").iterdir())
    looks = (
        sizes["heads_count"] * sizes["heads_workers"] * prices["hours_a_month"] * 3600 / interval
    )
    return float(looks * (prices["s3_list_thousand"] + heads * prices["s3_get_thousand"]) / 1000)


def _log(prices: dict[str, Any], chosen: dict[str, str]) -> float:
    """Return what the log adds: its database, and what looks after it."""
    alarms = _alarm_metrics(chosen) - _alarm_metrics({})
    series = _SERIES_OF_LOG * prices["custom_metric_month"]
    return float(_database(prices, chosen) + alarms * prices["alarm_metric_month"] + series)


def _database(prices: dict[str, Any], chosen: dict[str, str]) -> float:
    """Return what PostgreSQL costs, and as many GiB of copies as it has of disk."""
    kind = chosen.get("instance_class", _default("instance_class"))
    disk = float(chosen.get("storage_gib", _default("storage_gib")))
    zones = 2 if chosen.get("multi_az", _default("multi_az")) == "true" else 1
    machine = prices["database_hour"][kind] * prices["hours_a_month"]
    copies = 0.0 if chosen.get("backup_days") == "0" else disk * prices["backup_gib_month"]
    return float(zones * (machine + disk * prices["database_gib_month"]) + copies)


def _cache(prices: dict[str, Any], chosen: dict[str, str]) -> float:
    nodes = 1 + int(chosen.get("replicas", _default("replicas")))
    hour = prices["cache_hour"][chosen.get("node_type", _default("node_type"))]
    return float(nodes * hour * prices["hours_a_month"])


def _has_database(chosen: dict[str, str]) -> bool:
    return _is_on(chosen, "prediction_log") or _is_on(chosen, "enable_database")


def _is_on(chosen: dict[str, str], switch: str) -> bool:
    return chosen.get(switch) == "true"


def _alarm_metrics(chosen: dict[str, str]) -> int:
    """Return how many metrics alarms read: CloudWatch charges each."""
    path = HERE / "modules" / "observability" / "alarms.json"
    alarms = json.loads(path.read_text(encoding="utf-8")).values()
    on = {"database": _has_database(chosen), "prediction_log": _is_on(chosen, "prediction_log")}
    wanted = [a for a in alarms if all(is_on for part, is_on in on.items() if a.get(part))]
    return sum(len(alarm["metrics"]) for alarm in wanted)


def _default(name: str) -> str:
    """Return the default of a variable, or of a member of one that is an object."""
    text = (HERE / "variables.tf").read_text(encoding="utf-8")
    blocks = re.findall(rf'^variable "{name}" {{\n(.*?)^}}', text, re.MULTILINE | re.DOTALL)
    if blocks:
        return str(re.findall(r"^  default\s+= (\S+)$", blocks[0], re.MULTILINE)[0])
    (value,) = re.findall(rf'^    {name}\s+= optional\(\w+, "?([^")]+)"?\)$', text, re.MULTILINE)
    return str(value)


def _embedder(prices: dict[str, Any], sizes: dict[str, float], chosen: dict[str, str]) -> float:
    if chosen["embedder_compute"] == "fargate":
        return _fargate(prices, sizes, "embedder")
    machine = prices["instance_hour"][chosen.get("gpu_instance_type", "g6.xlarge")]
    disk = prices["gpu_disk_gib"] * prices["gp3_gib_month"]
    return float(sizes["embedder_count"] * (machine * prices["hours_a_month"] + disk))


def _fargate(prices: dict[str, Any], sizes: dict[str, float], service: str) -> float:
    hour = (
        sizes[f"{service}_cpu"] / 1024 * prices["fargate_vcpu_hour"]
        + sizes[f"{service}_memory_mib"] / 1024 * prices["fargate_gib_hour"]
    )
    return float(sizes[f"{service}_count"] * hour * prices["hours_a_month"])


def _sizes(environment: str) -> dict[str, float]:
    path = HERE / "environments" / f"{environment}.sizing.auto.tfvars.json"
    sizes: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    return sizes


def _variables(environment: str) -> dict[str, str]:
    """Return the plain values of a tfvars file, as text, those of database and cache among them."""
    text = (HERE / "environments" / f"{environment}.tfvars").read_text(encoding="utf-8")
    chosen = dict(re.findall(r'^(\w+)\s*=\s*"?([\w.-]+)"?\s*(?:#.*)?$', text, re.MULTILINE))
    for members in re.findall(r"^(?:database|shared_cache)\s*= {(.*)}$", text, re.MULTILINE):
        chosen |= re.findall(r'(\w+)\s*=\s*"?([\w.-]+)"?', members)
    return chosen


def main() -> int:
    """Write or check; the exit code is 1 when the checked table is stale."""
    readme = HERE / "README.md"
    if "--check" in sys.argv:
        return int(readme.read_text(encoding="utf-8") != document())
    readme.write_text(document(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
