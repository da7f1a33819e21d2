"""The MLflow model of `gateway wrap`: its requirements alone, no network; `make test-heavy`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from gateway.offline.wrapping import answers, wrap
from heads.training.commands.train import CATALOG
from tests.support.mlflow_server import ROOT, connections, run

# Many processes start, each of which imports much: minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(1800)

PREPARED = CATALOG.parent / "data" / "prepared_held_out" / "g.jsonl"
# Load every model named, answer the mails of the last file by each, print a line each.
_PREDICT = """
import json, sys, mlflow.pyfunc, pandas as pd

*places, file = sys.argv[1:]
mails = pd.DataFrame([json.loads(line) for line in open(file)])
models = [mlflow.pyfunc.load_model(place) for place in places]
for model in models:
    print("ROWS " + json.dumps(model.predict(mails)))
print("LEFT " + json.dumps([n for n in sys.modules if n.split(".")[0] in ("gateway", "heads")]))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Wrap what is in production."""
    folder = tmp_path_factory.mktemp("wrapped")
    run(folder, "gateway", "wrap", "--catalog", str(CATALOG), "--out", str(folder / "model"))
    assert connections(folder) == set()
    return folder


def mails(count: int) -> list[dict[str, str]]:
    """Take replies of a writer that nothing has learnt from."""
    rows = map(json.loads, PREPARED.read_text().splitlines()[:count])
    return [{"text": row["text"]} for row in rows]


@pytest.mark.e2e
def test_a_model_answers_from_its_own_requirements_without_network(
    place: Path, tmp_path: Path
) -> None:
    """In an environment of its requirements alone, no checkout near, it answers as the pipeline."""
    python = tmp_path / "empty" / "bin" / "python"
    subprocess.run([_uv(), "venv", "--quiet", "--python", "3.11", tmp_path / "empty"], check=True)
    needs = place / "model" / "requirements.txt"
    subprocess.run(
        [_uv(), "pip", "install", "--quiet", "--python", python, "--requirement", needs], check=True
    )
    batch = mails(60)
    rows, left = _predicted(["unshare", "-n", str(python)], tmp_path, [place / "model"], batch)
    wanted = [json.loads(to_json(its)) for its in answers(wrap(CATALOG), batch)]
    for row, its in zip(rows[0], wanted, strict=True):
        assert row["intent"] == (its["decision"]["intent"] or "")
        heads = json.loads(row["heads"])
        for name, head in its["heads"].items():
            assert heads[name]["label"] == head["label"]
            for label, probability in head["scores"].items():
                assert abs(heads[name]["scores"][label] - probability) <= 0.005
    assert left == []
    assert "torch" not in needs.read_text()


@pytest.mark.e2e
def test_two_models_of_different_code_predict_as_themselves(place: Path, tmp_path: Path) -> None:
    """Loaded by MLflow in one process, none answers by the code of the other."""
    source = tmp_path / "checkout"
    subprocess.run(["git", "clone", "--quiet", ROOT, source], check=True)
    types = source / "gateway" / "mail" / "types.py"
    types.write_text(types.read_text().replace('CLEANER_VERSION = "2"', 'CLEANER_VERSION = "99"'))
    run(
        tmp_path, "gateway", "wrap", "--catalog", str(CATALOG), "--out", str(tmp_path / "other"),
        PYTHONPATH=str(source),
    )  # fmt: skip
    python = [str(ROOT / ".venv-tracking" / "bin" / "python")]
    rows, _ = _predicted(python, tmp_path, [place / "model", tmp_path / "other"], mails(2))
    versions = [json.loads(its[0]["provenance"])["cleaner_version"] for its in rows]
    assert versions == ["2", "99"]


def _predicted(
    python: list[str], folder: Path, places: list[Path], batch: list[dict[str, str]]
) -> tuple[list[Any], Any]:
    """Return each model's rows, and the project's modules left in the process."""
    (folder / "predict.py").write_text(_PREDICT)
    (folder / "mails.jsonl").write_text("\n".join(map(json.dumps, batch)))
    command = [*python, "predict.py", *map(str, places), "mails.jsonl"]
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True, check=True
    )
    lines = [line.partition(" ") for line in done.stdout.splitlines()]
    rows = [json.loads(rest) for word, _, rest in lines if word == "ROWS"]
    return rows, next(json.loads(rest) for word, _, rest in lines if word == "LEFT")


def _uv() -> str:
    return str(Path(sys.executable).parent / "uv")
