"""What the release pipeline promises, read from its text: what is tried where, what comes first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github" / "workflows"
JOBS: dict[str, dict[str, Any]] = yaml.safe_load((WORKFLOWS / "release.yml").read_text("utf-8"))[
    "jobs"
]
# Job and the environment of Terraform that it deploys to.
DEPLOYING = {"staging": "staging", "production": "prod"}
VERBS = ("check", "migrate", "apply")
ASKING = re.compile(r"make (smoke|regression|loadtest|deploy)")


def _commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def _needs(name: str) -> set[str]:
    needed = JOBS[name].get("needs", [])
    direct = {needed} if isinstance(needed, str) else set(needed)
    return direct.union(*(_needs(other) for other in direct))


def test_the_log_is_migrated_before_a_release_begins() -> None:
    """By the release's own image; a failure ends the deployment before anything is applied."""
    script = (ROOT / "terraform" / "deploy.sh").read_text(encoding="utf-8")
    checked, migrated, applied = (script.index(f"terraform.deploy {v}") for v in VERBS)
    assert checked < migrated < applied
    assert re.search(r'\|\| migrated=\$\?\nif .*!= 3 \]; then exit "\$migrated"; fi\n', script)


def test_what_asks_a_deployment_runs_inside_its_network() -> None:
    """No runner outside can call an internal load balancer, nor one that names its callers."""
    for name, job in JOBS.items():
        if any(ASKING.search(command) for command in _commands(job)):
            environment = DEPLOYING[name]
            assert job["runs-on"].startswith(f"codebuild-trunkline-{environment}-runner-${{{{")
            tfvars = ROOT / "terraform" / "environments" / f"{environment}.tfvars"
            assert re.search(r"^runner = {", tfvars.read_text("utf-8"), re.MULTILINE)


def test_nothing_is_released_untested() -> None:
    """Tests come before images, images before staging, staging before production."""
    assert {"test", "build", "staging", "production-plan"} <= _needs("production")
    assert {"test", "build"} <= _needs("staging")
    assert "make test" in _commands(JOBS["test"])


@pytest.mark.parametrize(("job", "environment"), DEPLOYING.items())
def test_what_is_applied_was_shown(job: str, environment: str) -> None:
    """The plan is made in a job before, and exactly that plan is applied after the approval."""
    planning = JOBS[f"{job}-plan"]
    assert any(f"make plan ENVIRONMENT={environment}" in c for c in _commands(planning))
    assert any(f"make deploy ENVIRONMENT={environment}" in c for c in _commands(JOBS[job]))
    for script in ("plan", "deploy"):
        text = (ROOT / "terraform" / f"{script}.sh").read_text(encoding="utf-8")
        assert "-auto-approve" not in text
        assert "$environment.tfplan" in text


def test_a_session_lasts_as_long_as_its_job() -> None:
    """No role's session is over before its job may be, nor longer than bootstrap's roles allow."""
    bootstrap = (ROOT / "terraform" / "bootstrap" / "roles.tf").read_text(encoding="utf-8")
    (longest,) = re.findall(r"max_session_duration\s+= (\d+)", bootstrap)
    for name, job in JOBS.items():
        for step in job["steps"]:
            if "configure-aws-credentials" in step.get("uses", ""):
                seconds = step["with"].get("role-duration-seconds", 3600)
                assert job["timeout-minutes"] * 60 <= seconds <= int(longest), name


def test_every_image_is_signed_by_its_digest() -> None:
    """Each image that is pushed is attested under the digest that the push gave."""
    attested = {
        step["with"]["subject-name"].rpartition("/")[2]: step["with"]["subject-digest"]
        for step in JOBS["build"]["steps"]
        if "attest-build-provenance" in step.get("uses", "")
    }
    script = (ROOT / "env" / "push-images.sh").read_text(encoding="utf-8")
    (always,) = re.findall(r"^for service in (.*); do$", script, re.MULTILINE)
    pushed = [*always.split(), *re.findall(r"^  release (\w+)$", script, re.MULTILINE)]
    assert "training" in pushed
    assert attested == {s: f"${{{{ steps.push.outputs.{s} }}}}" for s in pushed}


def test_a_release_that_broke_off_can_be_run_again() -> None:
    """Tags are immutable: what is there is not pushed again, and only its absence is no error."""
    script = (ROOT / "env" / "push-images.sh").read_text(encoding="utf-8")
    assert "ImageNotFoundException" in script
    assert "2>/dev/null" not in script
    assert "imageTag=current" not in script


def test_the_quick_flow_is_quick() -> None:
    """Every job of a push ends within half an hour."""
    jobs = _jobs("ci.yml")
    assert {
        name: job["timeout-minutes"] for name, job in jobs.items() if job["timeout-minutes"] > 30
    } == {}
    assert any("make quick" in command for command in _commands(jobs["quick"]))


def test_heavy_tests_run_somewhere() -> None:
    """What a push has no time for runs every night."""
    assert {"make test", "make test-heavy"} <= set(_commands(_jobs("nightly.yml")["heavy"]))


def test_no_head_gets_into_production_without_a_person() -> None:
    """Trained, tried and candidates first; then an environment of its own, which has reviewers."""
    jobs = _jobs("full.yml")
    assert (jobs["candidate"]["needs"], jobs["production"]["needs"]) == ("train", "candidate")
    commands = _commands(jobs["candidate"])
    assert commands.index("make full-try") < commands.index("make full-candidate")
    promoting = {name: job for name, job in jobs.items() if "full-promote" in str(_commands(job))}
    assert set(promoting) == {"production"}
    assert promoting["production"]["environment"] == "heads-production"


def test_the_runner_takes_jobs_of_every_workflow_that_names_it() -> None:
    """A job on the runner inside the network is queued for ever unless its webhook lets it in."""
    module = (ROOT / "terraform" / "modules" / "runner" / "main.tf").read_text(encoding="utf-8")
    (pattern,) = re.findall(r'type    = "WORKFLOW_NAME"\n\s+pattern = "(.+)"', module)
    for file in WORKFLOWS.glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        if "runs-on: codebuild-" in text:
            assert re.search(pattern, yaml.safe_load(text)["name"]), file.name


def _jobs(workflow: str) -> dict[str, dict[str, Any]]:
    jobs: dict[str, dict[str, Any]] = yaml.safe_load((WORKFLOWS / workflow).read_text("utf-8"))
    return jobs["jobs"]
