"""The MLflow model of `gateway wrap`: its requirements alone, no network; `make test-heavy`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from pydantic_core import to_json

from gateway.offline.wrapping import answers, wrap
from heads.training.commands.train import CATALOG
from loadtests.stack.processes import free_ports
from loadtests.stack.stack import running_stack
from tests.support.mlflow_server import ROOT, connections, environment, run
from tests.support.waiting import PATIENT, WAIT_S, until

# Many processes start, each of which imports much: minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(900)

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


@pytest.fixture(scope="module")
def empty(place: Path) -> Path:
    """Return the Python of an environment of the model's requirements alone."""
    python = place / "empty" / "bin" / "python"
    subprocess.run([_uv(), "venv", "--quiet", "--python", "3.11", place / "empty"], check=True)
    needs = place / "model" / "requirements.txt"
    subprocess.run(
        [_uv(), "pip", "install", "--quiet", "--python", python, "--requirement", needs], check=True
    )
    assert "torch" not in needs.read_text()
    return python


def mails(count: int) -> list[dict[str, str]]:
    """Take replies of a writer that nothing has learnt from."""
    rows = map(json.loads, PREPARED.read_text().splitlines()[:count])
    return [{"text": row["text"]} for row in rows]


@pytest.mark.e2e
def test_a_model_answers_from_its_own_requirements_without_network(
    place: Path, empty: Path, tmp_path: Path
) -> None:
    """In an environment of its requirements alone, no checkout near, it answers as the pipeline."""
    batch = mails(60)
    without_network = ["unshare", "-n"] if os.geteuid() == 0 else ["sudo", "-nE", "unshare", "-n"]
    rows, left = _predicted([*without_network, str(empty)], tmp_path, [place / "model"], batch)
    wanted = [json.loads(to_json(its)) for its in answers(wrap(CATALOG), batch)]
    for row, its in zip(rows[0], wanted, strict=True):
        _assert_alike(row, its)
    assert left == []


@pytest.mark.e2e
def test_a_model_served_by_mlflow_answers_as_the_live_gateway(
    place: Path, empty: Path, tmp_path: Path
) -> None:
    """`mlflow models serve` in that environment: the same decisions over HTTP, one text a request.

    It connects to nothing else.
    """
    with (
        _served_by_mlflow(empty, place / "model", tmp_path) as served,
        running_stack(tmp_path, PATIENT) as stack,
    ):
        for mail in mails(30):
            (row,) = _posted(f"{served}/invocations", {"dataframe_records": [mail]})["predictions"]
            _assert_alike(row, _posted(f"{stack.gateway_url}/v1/classify", mail))
    assert connections(tmp_path) <= {"127.0.0.1", "localhost"}


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


def _assert_alike(row: Any, answer: Any) -> None:
    """Compare a model's row with a whole answer: decision, labels, probabilities."""
    assert row["intent"] == (answer["decision"]["intent"] or "")
    assert row["decided_by"] == (answer["decision"]["decided_by"] or "")
    heads = json.loads(row["heads"])
    assert set(heads) == set(answer["heads"])
    for name, head in answer["heads"].items():
        assert heads[name].get("label") == head.get("label")
        for label, probability in (head.get("scores") or {}).items():
            assert abs(heads[name]["scores"][label] - probability) <= 0.005


@contextmanager
def _served_by_mlflow(python: Path, model: Path, folder: Path) -> Iterator[str]:
    """Serve a model by MLflow's own server; what it connects to is kept in `folder`."""
    (port,) = free_ports(1)
    watched = environment(folder)
    env = {
        "HOME": str(folder), "PATH": f"{python.parent}:/usr/bin:/bin",
        "PYTHONPATH": watched["PYTHONPATH"].split(":")[0], "CONNECTIONS": watched["CONNECTIONS"],
        "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    }  # fmt: skip
    command = [
        str(python), "-m", "mlflow", "models", "serve", "--model-uri", str(model),
        "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    log = folder / "serve.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _answers(f"{url}/ping", server, log), "MLflow serves no model", 5 * WAIT_S)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=WAIT_S)


def _answers(url: str, server: subprocess.Popen[bytes], log: Path) -> bool:
    assert server.poll() is None, log.read_text()[-3000:]
    try:
        return urllib3.request("GET", url, retries=False, timeout=WAIT_S).status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _posted(url: str, body: Any) -> Any:
    reply = urllib3.request("POST", url, json=body, retries=False, timeout=WAIT_S)
    assert reply.status == 200, reply.data[:500]
    return reply.json()


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
