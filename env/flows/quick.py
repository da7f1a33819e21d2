"""The quick flow after style and tests: a head of a sample is trained, wrapped, served, tried."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from env.flows.steps import GATEWAY, HEADS, ROOT, StepError, Steps
from gateway.client.credentials import named_key
from gateway.client_key import CLIENT_KEY
from trunkline.client import Client

NAME = "sample_intent"
"""The head that is made: `intent`'s labels under a name of its own, beside the shipped heads."""

_SHIPPED = ROOT / "heads" / "catalog"
_ROWS = ROOT / "heads" / "data" / "prepared"
_MEMBERS = "text@3+text@4;lexical"
_TEXT = "Sounds good, let us talk on Tuesday."


def quick(steps: Steps, out: Path, tracking: Path, every: int, p95_ms: float) -> None:
    """Make the head of every `every`th row, and see that both ways of serving answer with it.

    `tracking` is the environment that has MLflow. Raises StepError where anything fails.
    """
    catalog, model = out / "catalog", out / "model"
    shutil.copytree(_SHIPPED, catalog)
    sample(_ROWS, out / "sample", every)
    where = ["--catalog", str(catalog)]
    steps.run(
        "train a head of a sample", *HEADS, "train", NAME, "--data", str(out / "sample"),
        "--label-column", "intent", "--members", _MEMBERS, "--no-track", *where,
    )  # fmt: skip
    steps.run("test its bundle", *HEADS, "test", f"{NAME}/1", *where)
    steps.run("promote it", *HEADS, "promote", NAME, "1", "--yes", "--why", "quick flow", *where)
    python = str(tracking / "bin" / "python")
    steps.run(
        "wrap", python, "-m", "gateway", "wrap", "--out", str(model), "--no-track", *where
    )  # fmt: skip
    _predict(steps, python, model, out)
    with steps.serving(catalog, out / "logs") as url:
        steps.run("smoke", *GATEWAY, "smoke", url, "--p95-ms", str(p95_ms))
        with steps.timed(f"ask {NAME}"):
            _ask(url)


def sample(rows: Path, out: Path, every: int) -> None:
    """Write every `every`th row of each file of a folder."""
    out.mkdir(parents=True)
    for file in sorted(rows.glob("*.jsonl")):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)[::every]
        (out / file.name).write_text("".join(lines), encoding="utf-8")


def _predict(steps: Steps, python: str, model: Path, out: Path) -> None:
    """Let MLflow answer a mail by the wrapped model."""
    asked, answered = out / "asked.json", out / "answered.json"
    asked.write_text(json.dumps({"dataframe_records": [{"text": _TEXT}]}), encoding="utf-8")
    steps.run(
        "predict by the wrapped model", python, "-m", "mlflow", "models", "predict",
        "--model-uri", str(model), "--env-manager", "local", "--content-type", "json",
        "--input-path", str(asked), "--output-path", str(answered),
        MLFLOW_DISABLE_TELEMETRY="true",
    )  # fmt: skip
    (row,) = json.loads(answered.read_text(encoding="utf-8"))["predictions"]
    if json.loads(row["heads"]).get(NAME, {}).get("status") != "ok":
        raise StepError(f"the wrapped model does not answer by {NAME}")


def _ask(url: str) -> None:
    with Client(url, named_key(CLIENT_KEY)) as client:
        head = client.classify(_TEXT, heads=[NAME]).heads.get(NAME)
    if head is None or head.status != "ok":
        raise StepError(f"the gateway does not answer by {NAME}")
