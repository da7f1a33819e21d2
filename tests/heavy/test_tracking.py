"""Trainings in a real MLflow: local store and server; `make test-heavy` sets its environment up."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.mlflow_server import ROOT, connections, mlflow_server, run
from tests.support.study import write_folder
from tests.support.topics import write_topics

SHIPPED = ROOT / "heads" / "catalog"
LOOPBACK = {"127.0.0.1", "localhost"}
# What MLflow holds, as JSON: runs of the head, and its model versions with their files.
_LOOK = """
import json, sys, mlflow

uri, name, model = sys.argv[1:]
mlflow.set_tracking_uri(uri); mlflow.set_registry_uri(uri)
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name(f"heads/{name}")
runs = client.search_runs([experiment.experiment_id])
def files(run, path=None):
    for item in client.list_artifacts(run, path):
        yield from files(run, item.path) if item.is_dir else [item.path]
print(json.dumps({
    "runs": [{"tags": r.data.tags, "params": r.data.params, "metrics": r.data.metrics,
              "status": r.info.status, "files": sorted(files(r.info.run_id)),
              "inputs": [[d.dataset.name, d.dataset.digest] for d in r.inputs.dataset_inputs]}
             for r in runs],
    "versions": [{"version": str(v.version), "run": v.run_id, "tags": v.tags}
                 for v in client.search_model_versions(f"name='{model}'")],
}))
"""


def look(folder: Path, uri: str, name: str, model: str = "") -> Any:
    """Return what MLflow holds of a head's runs, and of its registered model or another."""
    (folder / "look.py").write_text(_LOOK)
    output = run(folder, "look", uri, name, model or name, MLFLOW_DISABLE_TELEMETRY="true")
    return json.loads(output.splitlines()[-1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve MLflow."""
    with mlflow_server(tmp_path_factory.mktemp("mlflow")) as address:
        yield address


@pytest.mark.e2e
@pytest.mark.parametrize("place", ["server", "store"])
def test_a_bundle_is_a_run_and_a_model_version_once(
    place: str, server: str, tmp_path: Path
) -> None:
    """Parameters, figures, pictures, rows, commit and files stand in MLflow; again adds nothing."""
    uri = server if place == "server" else f"sqlite:///{tmp_path}/store/mlflow.db"
    command = ("heads", "track", "auto_kind", "--all", "--catalog", str(SHIPPED))
    first = run(tmp_path, *command, "--tracking-uri", uri)
    again = run(tmp_path, *command, "--tracking-uri", uri)
    assert again.count("logged before") == 2 > first.count("logged before")
    held = look(tmp_path, uri, "auto_kind")
    assert [run["status"] for run in held["runs"]] == ["FINISHED"] * 2
    assert sorted(version["version"] for version in held["versions"]) == ["1", "2"]
    by_version = {run["tags"]["trunkline.version"]: run for run in held["runs"]}
    facts = json.loads((SHIPPED / "auto_kind/2/metrics.json").read_text())
    tracked = by_version["2"]
    assert tracked["metrics"]["source.macro_f1"] == facts["evaluation"]["source"]["macro_f1"]
    assert tracked["tags"]["trunkline.data"] == facts["data_sha256"]
    assert tracked["inputs"] == [["auto_kind rows", facts["data_sha256"][7:43]]]
    assert {"bundle/head.toml", "bundle/weights.safetensors", "pictures/confusion.png"} <= set(
        tracked["files"]
    )
    assert "comparison/2-1.md" in by_version["1"]["files"]
    assert connections(tmp_path) <= LOOPBACK


@pytest.mark.e2e
def test_entry_points_of_mlproject_run_the_commands(tmp_path: Path) -> None:
    """`mlflow run` of train, test, deploy and wrap: one run each, begun by MLflow."""
    project, catalog = _clone(tmp_path), tmp_path / "catalog"
    uri = f"sqlite:///{tmp_path}/store/mlflow.db"
    catalog.mkdir()
    write_topics(tmp_path / "t.jsonl", 90)
    options = "--label-column topic --members lexical"
    parameters = {
        "train": {"head": "topic", "data": f"{tmp_path}/t.jsonl", "options": options},
        "test": {"head": "topic"},
        "deploy": {"head": "topic", "version": "1", "role": "production"},
        "wrap": {"out": str(tmp_path / "wrapped")},
    }
    (tmp_path / "store").mkdir()
    for entry, given in parameters.items():
        pairs = [f"{name}={value}" for name, value in {**given, "catalog": str(catalog)}.items()]
        output = run(
            tmp_path, "mlflow", "run", project, "-e", entry, "--env-manager", "local",
            "--experiment-name", "heads/topic", *(part for pair in pairs for part in ("-P", pair)),
            MLFLOW_TRACKING_URI=uri, MLFLOW_DISABLE_TELEMETRY="true",
        )  # fmt: skip
        assert "succeeded" in output, output
    held = look(tmp_path, uri, "topic")
    (tracked,) = [run for run in held["runs"] if "trunkline.version" in run["tags"]]
    assert tracked["params"]["members"] == "lexical"
    assert "bundle/head.toml" in tracked["files"]
    assert tracked["status"] == "FINISHED"
    assert json.loads((catalog / "topic" / "aliases.json").read_text())["production"] == "1"
    assert (tmp_path / "wrapped" / "MLmodel").is_file()
    assert [its["version"] for its in look(tmp_path, uri, "topic", "replies")["versions"]] == ["1"]
    assert connections(tmp_path) <= LOOPBACK


@pytest.mark.e2e
def test_a_store_that_is_away_costs_no_training(tmp_path: Path) -> None:
    """The bundle is written, the command succeeds and says how it is logged later."""
    write_topics(tmp_path / "t.jsonl", 90)
    output = run(
        tmp_path, "heads", "train", "topic", "--data", str(tmp_path / "t.jsonl"),
        "--label-column", "topic", "--members", "lexical", "--catalog", str(tmp_path / "catalog"),
        "--tracking-uri", "http://me:s3cret@127.0.0.1:9",
    )  # fmt: skip
    assert (tmp_path / "catalog" / "topic" / "1" / "head.toml").is_file()
    assert "`heads track topic/1` does it later" in output
    assert "s3cret" not in output


def _clone(folder: Path) -> str:
    """Return the folder with this project's MLproject and code, as `mlflow run` takes it."""
    target = folder / "project"
    target.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "MLproject", "env/mlproject.yaml", "heads", "embedder", "trunkline",
         "gateway", "protos"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    for name in listed.stdout.split("\n"):
        if name and not name.startswith("heads/catalog/") and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    return str(target)


@pytest.mark.e2e
def test_a_study_of_another_machine_is_found_by_its_points(server: str, tmp_path: Path) -> None:
    """Each point is a run; with a store of its own, nothing is made that MLflow has."""
    write_folder(tmp_path / "topics")
    command = (
        "heads", "study", "--data", str(tmp_path / "topics"), "--strategy", "tfidf-svm",
        "--size", "20", "--size", "60", "--seeds", "2", "--tracking-uri", server,
    )  # fmt: skip
    first = run(tmp_path, *command, "--store", str(tmp_path / "one"), "--out", str(tmp_path / "1"))
    again = run(tmp_path, *command, "--store", str(tmp_path / "two"), "--out", str(tmp_path / "2"))
    assert "3 points, 0 kept, 3 to make" in first
    assert "3 points, 3 kept, 0 to make" in again
    names = ("points.jsonl", "study.md", "study.svg")
    assert all(
        (tmp_path / "1" / n).read_bytes() == (tmp_path / "2" / n).read_bytes() for n in names
    )
    held = look(tmp_path, server, "study")
    assert len(held["runs"]) == 3
    assert {its["params"]["rows"] for its in held["runs"]} == {"20", "60"}
    assert all("macro_f1" in its["metrics"] for its in held["runs"])
    assert connections(tmp_path) <= LOOPBACK
