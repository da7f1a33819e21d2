"""Terraform's root, planned and applied to made-up ids, against a stand-in of its provider.

TERRAFORM_PLUGINS names the stand-in: a folder as `terraform init -plugin-dir` takes it. `.ci/run`
gives it; nothing else runs these tests.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.support.planned import Resource, resources

TERRAFORM = Path(__file__).resolve().parents[2] / "terraform"
ENVIRONMENTS = ("dev", "staging", "prod", "everything")
_REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/trunkline"
_IMAGES = {
    service: f"{_REGISTRY}/{service.replace('_', '-')}@sha256:{str(number) * 64}"
    for number, service in enumerate(
        ("embedder_cpu", "embedder_gpu", "gateway", "heads", "metrics_agent", "training"), start=1
    )
}


@dataclass
class Root:
    """A copy of the root in which one environment has been applied; its state is a local file."""

    folder: Path
    variables: Path

    @property
    def state_file(self) -> Path:
        """The state, which a test may change as AWS would."""
        return self.folder / "terraform.tfstate"

    @property
    def graph_file(self) -> Path:
        """What waits for what, as `terraform graph` draws it."""
        return self.folder / "graph.dot"

    @cached_property
    def plan(self) -> Mapping[str, Any]:
        """The first plan as JSON."""
        shown: Mapping[str, Any] = json.loads(self.run("show", "-json", "first.plan"))
        return shown

    @cached_property
    def state(self) -> Mapping[str, Any]:
        """What the apply left, as JSON."""
        shown: Mapping[str, Any] = json.loads(self.run("show", "-json"))
        return shown

    @cached_property
    def resources(self) -> list[Resource]:
        """Every managed resource as it is written."""
        return list(resources(self.plan, self.state))

    def changes(self) -> list[str]:
        """Plan again and return the addresses that Terraform would change."""
        options = ("-input=false", "-detailed-exitcode", "-out=again.plan")
        planned = self.call("plan", f"-var-file={self.variables}", *options)
        if planned.returncode == 0:  # what `show` would say: it takes as long as the plan
            return []
        assert planned.returncode == 2, planned.stdout + planned.stderr
        plan = json.loads(self.run("show", "-json", "again.plan"))
        return [
            change["address"]
            for change in plan["resource_changes"]
            if change["change"]["actions"] not in (["no-op"], ["read"])
        ]

    def run(self, *arguments: str) -> str:
        """Run Terraform in the copy and return its output; fail with what it says."""
        done = self.call(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Terraform in the copy."""
        environ = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_CLI_ARGS": "-no-color"}
        environ["TF_CLI_CONFIG_FILE"] = str(self.folder / "cli.tfrc")
        return subprocess.run(
            ["terraform", *arguments], cwd=self.folder, env=environ, capture_output=True, text=True
        )


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Root:
    """Apply an environment to nothing."""
    folder = tmp_path_factory.mktemp(request.param) / "terraform"
    ignored = shutil.ignore_patterns(".terraform*", "bootstrap", "tests")
    shutil.copytree(TERRAFORM, folder, ignore=ignored)
    release = {"images": _IMAGES, "encoder_fingerprint": "sha256:" + "a" * 64}
    (folder / "release.auto.tfvars.json").write_text(json.dumps(release))
    places = [TERRAFORM / "environments", TERRAFORM / "tests"]
    (variables,) = [p for place in places for p in place.glob(f"{request.param}.tfvars")]
    return _applied(Root(folder, variables))


@pytest.fixture(scope="session")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Root:
    """Apply what exists before any environment to nothing."""
    folder = tmp_path_factory.mktemp("bootstrap") / "terraform"
    ignored = shutil.ignore_patterns(".terraform*")
    shutil.copytree(TERRAFORM / "bootstrap", folder, ignore=ignored)
    variables = folder / "given.tfvars"
    variables.write_text('repository = "OWNER/trunkline"\npulling_account_ids = ["210987654321"]\n')
    return _applied(Root(folder, variables))


def _applied(root: Root) -> Root:
    plugins = Path(os.environ["TERRAFORM_PLUGINS"]).resolve()
    (there,) = (plugins / "registry.terraform.io" / "hashicorp" / "aws").iterdir()
    (root.folder / "cli.tfrc").touch()
    versions = root.folder / "versions.tf"
    versions.write_text(versions.read_text().replace('"6.32.0"', f'"{there.name}"'))
    (root.folder / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    root.run("init", "-input=false", f"-plugin-dir={plugins}")
    root.run("plan", "-input=false", f"-var-file={root.variables}", "-out=first.plan")
    root.graph_file.write_text(root.run("graph", "-type=plan"))
    root.run("apply", "-input=false", "first.plan")
    return root
