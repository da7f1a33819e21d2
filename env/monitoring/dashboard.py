"""Writes the Grafana dashboard: what is answered, how fast, how surely, by which versions.

`python env/monitoring/dashboard.py` rewrites `dashboards/trunkline.json`; `--check` only says
whether it is stale.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("dashboards") / "trunkline.json"
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDTH, _HEIGHT, _ROW = 8, 8, 24
_RATE = "[$__rate_interval]"


@dataclass(frozen=True)
class Panel:
    """One picture: expressions by legend; `unit` is Grafana's, `stacked` for parts of a whole."""

    title: str
    queries: dict[str, str]
    unit: str = "short"
    stacked: bool = False
    about: str = ""


def _rates(counter: str, by: str, where: str = "") -> str:
    return f"sum by ({by}) (rate({counter}{where}{_RATE}))"


def _quantiles(histogram: str, where: str = "", by: str = "") -> dict[str, str]:
    labels, legend = ("le", "") if not by else (f"le, {by}", f" {{{{{by}}}}}")
    return {
        f"p{share * 100:g}{legend}": f"histogram_quantile({share}, "
        f"sum by ({labels}) (rate({histogram}_bucket{where}{_RATE})))"
        for share in (0.5, 0.95, 0.99)
    }


def _hits(counter: str) -> str:
    return f'sum(rate({counter}{{result="hit"}}{_RATE})) / sum(rate({counter}{_RATE}))'


ROWS: dict[str, list[Panel]] = {
    "Service levels": [
        Panel("Budget burnt, as a multiple of what lasts a month (1 h)",
              {"{{slo}}": "slo:burn:rate1h"}, about="14.4 calls somebody"),
        Panel("The same over three days", {"{{slo}}": "slo:burn:rate3d"}),
        Panel("Alerts", {"{{alertname}} {{slo}}": 'ALERTS{alertstate="firing"}'}),
    ],
    "Traffic": [
        Panel("Answers by status", {"{{status}}": _rates("gateway_requests_total", "status")},
              "reqps", stacked=True),
        Panel("Turned away at the door",
              {"{{reason}}": _rates("gateway_door_refusals_total", "reason")}, "reqps"),
        Panel("Requests that wait and run", {
            "waiting": "sum(gateway_door_waiting_requests)",
            "running": "sum(gateway_door_running_requests)",
            "may run": "sum(gateway_door_limit_requests)"}),
    ],
    "Latency": [
        Panel("One email", _quantiles("gateway_request_seconds", '{route="/v1/classify"}'), "s"),
        Panel("By stage", {"{{stage}} p99": _quantiles("gateway_stage_seconds", by="stage")
                           ["p99 {{stage}}"]}, "s"),
        Panel("Wait for a thread", _quantiles("gateway_door_wait_seconds"), "s"),
        Panel("Wait for the encoder", _quantiles("embedder_queue_duration_seconds"), "s"),
        Panel("One forward", _quantiles("embedder_encode_duration_seconds"), "s"),
        Panel("One prediction of heads", _quantiles("heads_request_seconds"), "s"),
    ],
    "Caches": [
        Panel("Answers found in the cache", {
            "answers": _hits("gateway_answer_cache_lookups_total"),
            "cleaned": _hits("gateway_clean_cache_lookups_total")}, "percentunit"),
        Panel("Embeddings by path", {"{{cache}}": _rates("gateway_embeddings_total", "cache")},
              "ops", stacked=True),
        Panel("Memory of caches", {
            "answers": "sum(gateway_answer_cache_currsize_bytes)",
            "embeddings": "sum(embedder_cache_currsize_bytes)",
            "embeddings, bound": "sum(embedder_cache_maxsize_bytes)"}, "bytes"),
    ],
    "Labels": [
        Panel("Emails by intent", {"{{intent}}": _rates("gateway_decisions_total", "intent")},
              "ops", stacked=True),
        Panel("Share of each intent", {
            "{{intent}}": "sum by (intent) (increase(gateway_decisions_total[1h]))"
                          " / scalar(sum(increase(gateway_decisions_total[1h])))"},
              "percentunit", stacked=True),
        Panel("Who decided", {"{{decided_by}}": _rates("gateway_decisions_total", "decided_by")},
              "ops", stacked=True),
    ],
    "Heads": [
        Panel("Coverage: emails that every asked head answered", {
            "{{coverage}}": "sum by (coverage) (rate(gateway_coverage_emails_total[5m]))"
                            " / scalar(sum(rate(gateway_coverage_emails_total[5m])))"},
              "percentunit", stacked=True),
        Panel("Unsure", {"{{head}}": "head:abstentions:ratio6h"}, "percentunit",
              about="Share of a head's answers that it does not stand by"),
        Panel("Expected accuracy", {"{{head}}": "head:expected_accuracy:ratio6h",
                                    "{{head}}, week": "head:expected_accuracy:ratio7d"},
              "percentunit", about="From calibrated probabilities, without labels"),
        Panel("Answers that are none",
              {"{{head}} {{status}}": _rates("gateway_head_answers_total", "head, status",
                                             '{status!~"ok|not_applicable"}')}, "ops"),
        Panel("Versions refused", {"{{instance}}": "heads_refused"}),
        Panel("Emails longer than the encoder reads",
              {"truncated": "sum(rate(gateway_truncated_emails_total[$__rate_interval]))"}, "ops"),
    ],
    "Old against new": [
        Panel("Candidates: answered otherwise than production", {
            "{{head}} {{version}}":
                'sum by (head, version) (rate(gateway_canary_emails_total{result="disagreed"}[1h]))'
                " / sum by (head, version) (rate(gateway_canary_emails_total[1h]))"},
              "percentunit"),
        Panel("Shadows: answered otherwise than production", {
            "{{head}} {{version}}":
                'sum by (head, version) (rate(gateway_shadow_emails_total{result="flipped"}[1h]))'
                " / sum by (head, version) (rate(gateway_shadow_emails_total[1h]))"},
              "percentunit"),
        Panel("Shadows: what becomes of labels", {
            "{{head}} {{served}} -> {{shadow}}":
                "sum by (head, served, shadow) (increase(gateway_shadow_flips_total[1h]))"}),
    ],
    "Prediction log": [
        Panel("Records that wait", {"records": "max(gateway_log_backlog_records)"}),
        Panel("Age of the oldest", {"oldest": "max(gateway_log_backlog_oldest_seconds)"}, "s"),
        Panel("Drift, as a share of what calls somebody", {
            "{{head}} {{version}} {{measure}}":
                "max by (head, version, measure) (gateway_log_drift_distance)"
                " / max by (head, version, measure) (gateway_log_drift_threshold)"}),
    ],
    "Embedder": [
        Panel("Rows that wait", {"{{instance}}": "embedder_queue_size_rows"}),
        Panel("Wait of the oldest", {"{{instance}}": "embedder_queue_oldest_age_seconds"}, "s"),
        Panel("Texts of a batch", {
            "rows": f"sum(rate(embedder_batch_size_rows_sum{_RATE}))"
                    f" / sum(rate(embedder_batch_size_rows_count{_RATE}))",
            "padding": f"sum(rate(embedder_batch_padded_tokens_sum{_RATE}))"
                       f" / sum(rate(embedder_batch_size_tokens_sum{_RATE}))"}),
    ],
    "Replicas": [
        Panel("Replicas that are asked",
              {"{{service}}": "min by (service) (gateway_replicas_serving)"}),
        Panel("Set aside", {"{{service}} {{reason}}":
                            _rates("gateway_replicas_set_aside_total", "service, reason")}),
        Panel("Builds", {"{{job}} {{version}} {{commit}}": "count by (job, version, commit) "
                         "(gateway_build_info or heads_build_info or embedder_build_info)"}),
    ],
    "Host and GPU": [
        Panel("Cores in use", {"{{instance}}": "sum by (instance) (rate("
                               'node_cpu_seconds_total{mode!="idle"}[$__rate_interval]))'}),
        Panel("Memory left", {"{{instance}}": "node_memory_MemAvailable_bytes"}, "bytes"),
        Panel("GPU: busy, and memory left",
              {"{{gpu}} busy": "DCGM_FI_DEV_GPU_UTIL / 100",
               "{{gpu}} memory in use":
                   "DCGM_FI_DEV_FB_USED / (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE)"},
              "percentunit"),
    ],
}  # fmt: skip


def dashboard() -> str:
    """Return the dashboard as JSON."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        panels.append({**_place(len(panels), 0, y, _ROW, 1), "type": "row", "title": title})
        y += 1
        for number, panel in enumerate(row):
            x = number * _WIDTH % _ROW
            top = y + number * _WIDTH // _ROW * _HEIGHT
            panels.append({**_place(len(panels), x, top, _WIDTH, _HEIGHT), **_panel(panel)})
        y += -(-len(row) * _WIDTH // _ROW) * _HEIGHT
    source = {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    return json.dumps(
        {
            "uid": "trunkline",
            "title": "Trunkline",
            "schemaVersion": 39,
            "version": 1,
            "editable": True,
            "refresh": "30s",
            "time": {"from": "now-6h", "to": "now"},
            "tags": ["trunkline"],
            "templating": {"list": [source]},
            "panels": panels,
        },
        indent=1,
    )


def _place(number: int, x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return {"id": number + 1, "gridPos": {"x": x, "y": y, "w": width, "h": height}}


def _panel(panel: Panel) -> dict[str, Any]:
    stacking = {"mode": "normal" if panel.stacked else "none"}
    custom = {"fillOpacity": 30 if panel.stacked else 0, "stacking": stacking}
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "min": 0, "custom": custom},
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}},
        "targets": [
            {"refId": ref, "expr": query, "legendFormat": legend, "datasource": _SOURCE}
            for ref, (legend, query) in zip("ABCDEF", panel.queries.items(), strict=False)
        ],
    }


def main() -> int:
    """Write or check; return 1 when the checked file is stale."""
    if "--check" in sys.argv:
        return int(not FILE.exists() or FILE.read_text(encoding="utf-8") != dashboard() + "\n")
    FILE.write_text(dashboard() + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
