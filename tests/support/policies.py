"""Asks parliament, in an environment of its own (`make setup-lint`), about IAM policies."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[2] / ".venv-lint" / "bin" / "python"
# Calls that know no resource (parliament tells when one is known); who makes buckets writes their
# policies; a call that is younger than parliament's list.
EXCUSED = ("RESOURCE_STAR", "RESOURCE_POLICY_PRIVILEGE_ESCALATION")
YOUNGER = ("ecs:StopServiceDeployment",)
_ASK = """
import json, sys
from parliament import analyze_policy_string as analyze
for name, document in json.load(sys.stdin):
    for finding in analyze(document).findings:
        where = finding.location.get("string", "")
        text = f"{name} {finding.issue} {finding.detail} {where}"
        print(json.dumps([finding.issue, where, text]))
"""


def findings(documents: Sequence[tuple[str, str]]) -> list[str]:
    """Return what is wrong with named policies: unknown actions, resources that do not fit."""
    done = subprocess.run(
        [PYTHON, "-W", "ignore", "-c", _ASK],
        input=json.dumps(documents), capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [text for issue, where, text in found if issue not in EXCUSED and where not in YOUNGER]
