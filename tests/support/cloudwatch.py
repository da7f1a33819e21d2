"""CloudWatch's evaluation of an alarm over series: metric math, missing data, all of N minutes."""

from __future__ import annotations

import ast
import json
import operator
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ALARMS = Path(__file__).resolve().parents[2] / "terraform/modules/observability/alarms.json"
Value = float | None
"""What a metric is in one minute; None where nothing was published."""
_OPERATORS: dict[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt,
}  # fmt: skip


def load_alarms() -> dict[str, dict[str, Any]]:
    """Return the alarms as Terraform makes them, by name."""
    alarms: dict[str, dict[str, Any]] = json.loads(ALARMS.read_text(encoding="utf-8"))
    return alarms


def state(
    alarm: Mapping[str, Any], series: Mapping[str, Sequence[Value]], filled_in: Mapping[str, float]
) -> str:
    """Return "OK", "ALARM" or "INSUFFICIENT_DATA" after the last minute of the series.

    A metric without a series was never published.
    """
    minutes = max(map(len, series.values()), default=alarm["minutes"])
    points = [_point(alarm, series, minute) for minute in range(minutes)][-alarm["minutes"] :]
    missing = alarm.get("missing", "notBreaching")
    if missing == "missing" and all(point is None for point in points):
        return "INSUFFICIENT_DATA"
    breaching = [
        missing == "breaching" if point is None else _breaches(alarm, point, filled_in)
        for point in points
    ]
    return "ALARM" if len(breaching) == alarm["minutes"] and all(breaching) else "OK"


def _breaches(alarm: Mapping[str, Any], value: float, filled_in: Mapping[str, float]) -> bool:
    bound = alarm.get("above", alarm.get("below"))
    threshold = filled_in[bound] if isinstance(bound, str) else bound
    return bool(value > threshold if "above" in alarm else value < threshold)


def _point(alarm: Mapping[str, Any], series: Mapping[str, Sequence[Value]], minute: int) -> Value:
    values: dict[str, Value] = {}
    for name in alarm["metrics"]:
        points = series.get(name, ())
        values[name] = points[minute] if minute < len(points) else None
    last = values[next(iter(alarm["metrics"]))]
    for name, step in alarm.get("steps", {}).items():
        last = values[name] = _evaluate(
            ast.parse(step.replace("IF(", "when("), mode="eval").body, values
        )
    return last


def _evaluate(node: ast.AST, values: Mapping[str, Value]) -> Value:
    """Evaluate one step; as in CloudWatch a minute without one operand has no result."""
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.BinOp):
        return _both(type(node.op), node.left, node.right, values)
    if isinstance(node, ast.Compare):
        return _both(type(node.ops[0]), node.left, node.comparators[0], values)
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    if node.func.id == "FILL":
        value = _evaluate(node.args[0], values)
        return _evaluate(node.args[1], values) if value is None else value
    assert node.func.id == "when", node.func.id
    chosen = _evaluate(node.args[0], values)
    return None if chosen is None else _evaluate(node.args[1 if chosen else 2], values)


def _both(kind: type[ast.AST], left: ast.AST, right: ast.AST, values: Mapping[str, Value]) -> Value:
    first, second = _evaluate(left, values), _evaluate(right, values)
    return None if first is None or second is None else float(_OPERATORS[kind](first, second))
