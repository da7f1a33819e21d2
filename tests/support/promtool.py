"""Prometheus' own tool over rule files and made-up series."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "env" / "monitoring" / "rules").glob("*.yml"))
_INSTALLED = ROOT / ".venv" / "bin" / "promtool"
_THRESHOLD = re.compile(r"([<>]=?) (\d+(?:\.\d+)?)\b(?! \*)")
_BUDGET = re.compile(r"(/) (0\.\d+)$", re.MULTILINE)

Series = Mapping[str, Sequence[float | None] | str]
"""Values by series: one a step, None where there is none, or promtool's own notation."""


@dataclass(frozen=True)
class Case:
    """Series with one sample a step, and whether the alert fires after the last of them.

    `firing` is how many series of the alert do; several alerts stand between `|`.
    """

    alert: str
    series: Series
    firing: int
    step: str = "1m"


def promtool() -> str:
    """Return the path of the tool: `make setup-monitoring` brings it where there is none."""
    path = os.environ.get("PROMTOOL") or shutil.which("promtool") or str(_INSTALLED)
    assert Path(path).exists(), "no promtool: `make setup-monitoring`"
    return path


@cache
def alerts() -> dict[str, dict[str, Any]]:
    """Return every alert of the rule files by name."""
    groups = [group for path in RULES for group in _load(path)["groups"]]
    rules = [rule for group in groups for rule in group["rules"]]
    return {rule["alert"]: rule for rule in rules if "alert" in rule}


def failures(cases: Sequence[Case], folder: Path, mutant: tuple[str, str] = ("", "")) -> str:
    """Run the cases; return promtool's complaints, "" for none.

    `mutant` is a text of the rules and what takes its place there.
    """
    rules = _written_rules(
        {name for case in cases for name in case.alert.split("|")}, folder, mutant
    )
    complaints = []
    for step in sorted({case.step for case in cases}):
        file = folder / f"test_{step}.yml"
        content = {
            "rule_files": [str(rules)],
            "evaluation_interval": step,
            "tests": [_test(case) for case in cases if case.step == step],
        }
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        done = subprocess.run(
            [promtool(), "test", "rules", str(file)], capture_output=True, text=True
        )
        if done.returncode:
            complaints.append(done.stdout + done.stderr)
    return "".join(complaints)


def mutants(alert: str) -> list[tuple[str, str, str]]:
    """Return (place, before, after) for every threshold of an alert moved by 10 % either way."""
    text = str(alerts()[alert]["expr"])
    found = []
    for match in _THRESHOLD.finditer(text):
        for factor in (0.9, 1.1):
            if float(match[2]):
                changed = f"{match[1]} {float(match[2]) * factor:.6g}"
                found.append((f"{match[0]} to {changed}", text, _replaced(text, match, changed)))
    return found


def budget_mutants() -> list[tuple[str, str, str]]:
    """Return the same for the budgets of service levels, each in all of its windows."""
    (path,) = (path for path in RULES if path.name == "slo.yml")
    text = path.read_text(encoding="utf-8")
    budgets = sorted({match[2] for match in _BUDGET.finditer(text)})
    return [
        (f"{budget} times {factor}", f"/ {budget}\n", f"/ {float(budget) * factor:.6g}\n")
        for budget in budgets
        for factor in (0.9, 1.1)
    ]


def counter(*pieces: tuple[int, float]) -> list[float]:
    """Return a counter that grows for so many steps by so much each, piece after piece."""
    values = [0.0]
    for steps, growth in pieces:
        for _ in range(steps):
            values.append(round(values[-1] + growth, 6))
    return values


def gauge(value: float, steps: int = 60) -> list[float]:
    """Return a value that stays."""
    return [value] * (steps + 1)


def _written_rules(names: Set[str], folder: Path, mutant: tuple[str, str]) -> Path:
    """Write these alerts and what they are made of as one group; return the file.

    The rest would only cost time: promtool evaluates every rule at every step.
    """
    rules = [
        dict(rule) for path in RULES for group in _load(path)["groups"] for rule in group["rules"]
    ]
    needed = set(names)
    while True:
        texts = [str(r["expr"]) for r in rules if (r.get("alert") or r["record"]) in needed]
        records = {r["record"] for r in rules if "record" in r}
        more = {name for name in records for text in texts if name in text} - needed
        if not more:
            break
        needed |= more
    kept = [rule for rule in rules if (rule.get("alert") or rule["record"]) in needed]
    kept.sort(key=lambda rule: "alert" in rule)  # what is recorded first
    if mutant[0]:
        changed = [str(rule["expr"]) for rule in kept]
        for rule in kept:
            rule["expr"] = (str(rule["expr"]) + "\n").replace(*mutant).strip()
        assert changed != [rule["expr"] for rule in kept], f"{mutant[0]!r} stands in no rule"
    file = folder / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": kept}]}), encoding="utf-8")
    return file


@cache
def _load(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def _replaced(text: str, match: re.Match[str], changed: str) -> str:
    return text[: match.start()] + changed + text[match.end() :]


def _test(case: Case) -> dict[str, Any]:
    lengths = [len(values) for values in case.series.values() if not isinstance(values, str)]
    steps = max(lengths, default=61) - 1
    minutes = steps * int(case.step.removesuffix("m"))
    firing = f'ALERTS{{alertname=~"{case.alert}",alertstate="firing"}}'
    return {
        "interval": case.step,
        "input_series": [
            {"series": name, "values": values if isinstance(values, str) else _written(values)}
            for name, values in case.series.items()
        ],
        "promql_expr_test": [
            {
                "expr": f"count({firing}) or vector(0)",
                "eval_time": f"{minutes}m",
                "exp_samples": [{"labels": "{}", "value": case.firing}],
            }
        ],
    }


def _written(values: Sequence[float | None]) -> str:
    return " ".join("_" if value is None else f"{value:.6f}" for value in values)
