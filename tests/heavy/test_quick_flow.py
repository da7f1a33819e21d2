"""The quick flow after style and tests, as `make quick` runs it; `make test-heavy`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.mlflow_server import ROOT
from tests.support.waiting import PATIENT

# Three services and an MLflow model start, each of which imports much.
pytestmark = pytest.mark.timeout(900)


@pytest.mark.e2e
def test_a_sample_becomes_a_head_that_answers_wrapped_and_served(tmp_path: Path) -> None:
    """Trained, tested, promoted, wrapped, served, tried: every step ends well and is timed."""
    command = [sys.executable, "-m", "env.flows", "quick", "--out", str(tmp_path / "quick")]
    patient = [f"--set={name}={value}" for name, value in PATIENT.items()]
    done = subprocess.run(
        [*command, "--every", "24", "--p95-ms", "30000", *patient], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
    report = (tmp_path / "quick" / "report.txt").read_text()
    for step in ("train a head of a sample", "wrap", "predict by the wrapped model", "smoke"):
        assert f"== {step}: " in report
    roles = json.loads((tmp_path / "quick/catalog/sample_intent/aliases.json").read_text())
    assert roles["production"] == "1"
    assert (tmp_path / "quick" / "model" / "MLmodel").is_file()
