"""Writes the rules of service levels: how fast each budget of bad events burns, in five windows.

`python env/monitoring/slo.py` rewrites `rules/slo.yml`; `--check` only says whether it is stale.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

RULES = Path(__file__).with_name("rules") / "slo.yml"
_ASKED = 'route=~"/v1/classify|/v1/classify/batch|/v1/embeddings"'
_TURNED_AWAY = 'gateway_door_refusals_total{reason=~"queue_full|waited|deadline|no_memory"}'
_WINDOWS = ("5m", "30m", "1h", "6h", "3d")
_COUNTED = ("1h", "3h", "6h", "3d")
_LEAST_BAD = 10


@dataclass(frozen=True)
class Objective:
    """What share of events may be bad: `bad` and `total` are rates, with `%s` for the window."""

    name: str
    budget: float
    bad: str
    total: str


@dataclass(frozen=True)
class Burn:
    """An alert: the budget burns `factor` times too fast, over a long window and a short one."""

    alert: str
    factor: float
    long: str
    short: str
    severity: str
    summary: str


def _sums(*counters: str) -> str:
    return " + ".join(f"sum(rate({counter}[%s]))" for counter in counters)


OBJECTIVES = (
    Objective(
        "availability",
        0.001,
        _sums(f'gateway_requests_total{{{_ASKED},status=~"5.."}}', _TURNED_AWAY),
        _sums(f"gateway_requests_total{{{_ASKED}}}", _TURNED_AWAY),
    ),
    Objective(
        "latency",
        0.01,
        'sum(rate(gateway_request_seconds_count{route="/v1/classify"}[%s]))'
        ' - sum(rate(gateway_request_seconds_bucket{route="/v1/classify",le="0.25"}[%s]))',
        'sum(rate(gateway_request_seconds_count{route="/v1/classify"}[%s]))',
    ),
    Objective(
        "coverage",
        0.005,
        _sums('gateway_coverage_emails_total{coverage!="full"}'),
        _sums("gateway_coverage_emails_total"),
    ),
)
BURNS = (
    Burn("BudgetBurnsFast", 14.4, "1h", "5m", "critical", "2 % of a month's budget in an hour"),
    Burn("BudgetBurnsSlowly", 6, "6h", "30m", "critical", "5 % of a month's budget in six hours"),
    Burn("BudgetRunsOut", 1, "3d", "6h", "warning", "The month's budget will not last"),
)


def rules() -> str:
    """Return the text of the rule file."""
    lines = [
        "# Written by env/monitoring/slo.py (`make docs`): change the objectives there.",
        "groups:",
        "  - name: slo",
        "    rules:",
    ]
    for objective in OBJECTIVES:
        for window in _WINDOWS:
            lines += _record(f"slo:burn:rate{window}", objective, _burn(objective, window))
        for window in _COUNTED:
            bad = objective.bad.replace("rate(", "increase(").replace("%s", window)
            total = objective.total.replace("rate(", "increase(").replace("%s", window)
            lines += _record(f"slo:bad:increase{window}", objective, bad)
            if window == "3h":
                lines += _record("slo:good:increase3h", objective, f"{total} - ({bad})")
    for burn in BURNS:
        lines += _alert(burn)
    return "\n".join(lines) + "\n"


def _burn(objective: Objective, window: str) -> str:
    bad, total = (text.replace("%s", window) for text in (objective.bad, objective.total))
    return f"({bad}) / ({total}) / {objective.budget}"


def _record(name: str, objective: Objective, expression: str) -> list[str]:
    return [
        f"      - record: {name}",
        f"        expr: {expression}",
        f"        labels: {{ slo: {objective.name} }}",
    ]


def _alert(burn: Burn) -> list[str]:
    """Return an alert: of little traffic, too few bad events to mean anything are none."""
    return [
        f"      - alert: {burn.alert}",
        "        expr: >-",
        f"          slo:burn:rate{burn.long} > {burn.factor} and slo:burn:rate{burn.short}"
        f" > {burn.factor}",
        f"          and slo:bad:increase{burn.long} > {_LEAST_BAD}",
        f"        labels: {{ severity: {burn.severity} }}",
        "        annotations:",
        f'          summary: "{burn.summary} ({{{{ $labels.slo }}}})"',
        f"          runbook: env/monitoring/runbook/{burn.alert}.md",
    ]


def main() -> int:
    """Write or check; return 1 when the checked file is stale."""
    if "--check" in sys.argv:
        return int(not RULES.exists() or RULES.read_text(encoding="utf-8") != rules())
    RULES.write_text(rules(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
