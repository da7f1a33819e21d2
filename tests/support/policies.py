"""Asks parliament, in an environment of its own (`make setup-lint`), about IAM policies."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[2] / ".venv-lint" / "bin" / "python"
_ASK = """
import json, sys
from parliament import analyze_policy_string as analyze
for name, document in json.load(sys.stdin):
    for finding in analyze(document).findings:
        if finding.issue != "RESOURCE_STAR":
            where = finding.location.get("string", "")
            print(name, finding.issue, finding.detail, where)
"""


def findings(documents: Sequence[tuple[str, str]]) -> list[str]:
    """Return what is wrong with named policies: unknown actions, resources that do not fit."""
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", _ASK],
        input=json.dumps(documents), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.splitlines()
