"""Rules, dashboard and runbook speak of what is there."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import prometheus_client
import promql_parser
import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client import CollectorRegistry

from embedder.metrics import Metrics as EmbedderMetrics
from embedder.testing.server import serve_server
from env.monitoring import dashboard, slo
from gateway import metrics as gateway_metrics
from gateway.prediction_log import metrics as log_metrics
from heads.service.metrics import DoorMetrics
from heads.service.metrics import Metrics as HeadsMetrics

FOLDER = Path(slo.__file__).parent
RULES = sorted((FOLDER / "rules").glob("*.yml"))
RUNBOOK = FOLDER / "runbook"
DASHBOARDS = sorted((FOLDER / "dashboards").glob("*.json"))
OF_PROMETHEUS = {"up", "ALERTS"}
PARTS = ("## What it means", "## What to look at", "## What to do")
_CODE = re.compile(r"`([^`]+)`")
_EXPRESSION = re.compile(r"[a-z_:]+\(|^(gateway|heads|embedder|node|slo|head|DCGM)[_:]\w+$")


@cache
def rules() -> list[dict[str, Any]]:
    """Return every rule."""
    documents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in RULES]
    return [rule for doc in documents for group in doc["groups"] for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in rules() if "alert" in rule}


def panels() -> list[dict[str, Any]]:
    """Return every panel of the dashboards."""
    boards = [json.loads(path.read_text(encoding="utf-8")) for path in DASHBOARDS]
    return [panel for board in boards for panel in board["panels"] if panel["type"] != "row"]


def selectors(expression: str) -> list[Any]:
    """Return the selectors of a PromQL expression; raise ValueError where it is none."""
    found: list[Any] = []
    # Grafana fills its interval in before Prometheus sees it.
    parsed = promql_parser.parse(expression.replace("$__rate_interval", "5m"))

    def visit(node: Any) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(parsed, visit)
    return found


@cache
def outside() -> set[str]:
    """Return the metrics of hosts and GPUs, which other exporters show: the README lists them."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    return set(re.findall(r"`((?:node|DCGM)_\w+)`", text))


@pytest.fixture(scope="module")
def shown() -> dict[str, set[str]]:
    """Return every sample name that the services show, with its labels."""
    HeadsMetrics(shared=False)
    registries = [prometheus_client.REGISTRY]
    assert gateway_metrics.REQUESTS
    assert log_metrics.RECORDS
    heads, door = HeadsMetrics(shared=False), DoorMetrics()
    registries += [heads._registry]
    names: dict[str, set[str]] = {}
    with serve_server() as server:
        registries.append(server._registry)
        for registry in registries:
            _add(registry, names)
    for metric in vars(door).values():
        names.setdefault(metric._name + "_total", set(metric._labelnames))
    return names


def _add(registry: CollectorRegistry, names: dict[str, set[str]]) -> None:
    for collector in list(registry._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in registry._collector_to_names[collector]:
            names.setdefault(name, set()).update(labels)
            for ending in ("_bucket", "_sum", "_count", "_total"):
                names.setdefault(name + ending, set()).update(labels)
    for family in registry.collect():
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)


def unknown(expression: str, shown: dict[str, set[str]]) -> list[str]:
    """Return what an expression names and nobody shows: metrics, and labels of ours."""
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    wrong = []
    for selector in selectors(expression):
        name = selector.name
        if name in OF_PROMETHEUS or name in recorded or name in outside():
            continue
        if name not in shown:
            wrong.append(name)
            continue
        labels = {matcher.name for matcher in selector.matchers.matchers}
        wrong += [f"{name}{{{label}}}" for label in labels - shown[name] - {"le", "job"}]
    return wrong


def test_a_name_that_nobody_shows_is_found(shown: dict[str, set[str]]) -> None:
    """The tests below can fail: by a metric, by a label, deep inside an expression."""
    assert unknown('sum(rate(gateway_requests_total{status="500"}[5m])) > 0', shown) == []
    assert unknown("up or (1 - sum(rate(gateway_nonesuch[5m])))", shown) == ["gateway_nonesuch"]
    assert unknown('heads_refused{colour="red"} == 1', shown) == ["heads_refused{colour}"]


def test_every_name_in_the_rules_is_shown(shown: dict[str, set[str]]) -> None:
    """A rule over a series that nobody shows would never fire."""
    wrong = {rule.get("alert") or rule["record"]: unknown(rule["expr"], shown) for rule in rules()}

    assert len(wrong) > 25
    assert not {name: names for name, names in wrong.items() if names}


def test_every_name_in_the_dashboards_is_shown(shown: dict[str, set[str]]) -> None:
    """No panel is empty for ever."""
    queries = [(p["title"], target["expr"]) for p in panels() for target in p["targets"]]
    wrong = {(title, query): unknown(query, shown) for title, query in queries}

    assert len(wrong) > 25
    assert not {title: names for title, names in wrong.items() if names}


@pytest.mark.parametrize("alert", sorted(ALERTS))
def test_every_alert_has_its_page(alert: str, shown: dict[str, set[str]]) -> None:
    """Whoever is called finds what it means, what to look at and what to do; queries work."""
    rule = ALERTS[alert]
    page = RUNBOOK / f"{alert}.md"
    text = page.read_text(encoding="utf-8")

    assert rule["annotations"]["runbook"] == f"env/monitoring/runbook/{alert}.md"
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert text.startswith(f"# {alert}\n")
    assert re.findall(r"^## .*$", text, re.MULTILINE) == list(PARTS)
    parts = re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]
    assert all(len(part.strip()) > 20 for part in parts)
    for code in _CODE.findall(" ".join(text.split())):
        if _EXPRESSION.search(code) and "." not in code.split("(")[0]:
            assert not unknown(code, shown), code


def test_every_page_has_its_alert() -> None:
    """No page is left behind of an alert that is gone."""
    assert {page.stem for page in RUNBOOK.glob("*.md")} == set(ALERTS)


def test_what_is_written_by_programs_is_fresh() -> None:
    """`make docs` was run after a change."""
    assert slo.RULES.read_text(encoding="utf-8") == slo.rules()
    assert dashboard.FILE.read_text(encoding="utf-8") == dashboard.dashboard() + "\n"


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    """Panels have their own numbers and places, which do not overlap; every query has a letter."""
    board = json.loads(dashboard.FILE.read_text(encoding="utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
    ids = [panel["id"] for panel in board["panels"]]

    assert len(set(ids)) == len(ids)
    for panel in panels():
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs) >= 1
        assert panel["datasource"]["uid"] == "${source}"
    assert [variable["name"] for variable in board["templating"]["list"]] == ["source"]


def test_compose_gives_prometheus_and_grafana_these_files() -> None:
    """Every mounted file and folder is there, and Prometheus looks where the rules are mounted."""
    compose = yaml.safe_load((FOLDER.parent / "compose.yaml").read_text(encoding="utf-8"))
    prometheus = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    mounts = {}
    for service in ("prometheus", "grafana"):
        for volume in compose["services"][service]["volumes"]:
            source, target = volume.split(":")[:2]
            if source.startswith("."):
                assert (FOLDER.parent / source).exists(), source
                mounts[target] = source

    assert prometheus["rule_files"] == ["/etc/prometheus/rules/*.yml"]
    assert mounts["/etc/prometheus/rules"] == "./monitoring/rules"
    jobs = {job["job_name"] for job in prometheus["scrape_configs"]}
    assert jobs == {"gateway", "heads", "embedder"}


def test_the_embedders_series_all_exist_at_the_start() -> None:
    """Rules find zeros, not nothing, before the first event."""
    registry = CollectorRegistry()
    EmbedderMetrics(registry)
    samples = {sample.name for family in registry.collect() for sample in family.samples}

    assert {"embedder_dropped_texts_total", "embedder_item_errors_total"} <= samples
