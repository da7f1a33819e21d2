"""`heads sync` against a real MLflow server: followed under load, refused, raced, away."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.reading import read_folder
from heads.bundle.writing import publish_to
from heads.errors import ConflictError
from heads.lifecycle import aliases, audit
from heads.lifecycle.promotion import Author, promote
from heads.pools.local import LocalPool
from heads.prediction import FeatureRow, PredictRequest
from heads.registry.registry import Registry
from heads.storage.folder import FolderCatalog
from tests.support.mlflow_server import PYTHON, environment, mlflow_server, run
from tests.support.waiting import until

# Many processes start, each of which imports much: minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(1800)

PATIENCE_S = 300.0
# What a person or a pipeline does in MLflow: move an alias, or register a folder of any files.
_ACT = """
import json, sys, mlflow

uri, act, *rest = sys.argv[1:]
client = mlflow.MlflowClient(uri, registry_uri=uri)
if act == "alias":
    client.set_registered_model_alias(*rest)
elif act == "register":
    name, folder = rest
    run = client.create_run("0").info.run_id
    client.log_artifacts(run, folder, "bundle")
    place = client.get_run(run).info.artifact_uri + "/bundle"
    print("VERSION", client.create_model_version(name, place, run).version)
model = client.get_registered_model(rest[0])
tags = {v.version: v.tags for v in client.search_model_versions(f"name='{rest[0]}'")}
print("STATE " + json.dumps([{k: str(v) for k, v in model.aliases.items()}, tags]))
"""


class Lab:
    """An MLflow server with three versions of the head `topic`, and a catalog that serves."""

    def __init__(self, folder: Path, uri: str) -> None:
        self.folder, self.uri = folder, uri
        self.made, self.served = folder / "made", folder / "served"
        self.made.mkdir()
        self.served.mkdir()
        self.catalog = FolderCatalog(self.served)
        (folder / "act.py").write_text(_ACT)
        _topics(folder / "t.jsonl", 90, 0)
        _topics(folder / "fresh.jsonl", 150, 1000)
        options = ["--label-column", "topic", "--members", "lexical", "--catalog", str(self.made)]
        for seed in "012":
            arguments = ["train", "topic", "--data", str(folder / "t.jsonl"), "--seed", seed]
            done = CliRunner().invoke(main, [*arguments, *options])
            assert done.exit_code == 0, done.output
        run(
            folder, "heads", "track", "topic", "--all", "--catalog", str(self.made),
            "--tracking-uri", uri,
        )  # fmt: skip

    def act(self, *words: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """Do something in MLflow; return the head's aliases, and tags by model version."""
        output = run(self.folder, "act", self.uri, *words, MLFLOW_DISABLE_TELEMETRY="true")
        state = next(line for line in output.splitlines() if line.startswith("STATE "))
        aliases_now, tags = json.loads(state.removeprefix("STATE "))
        return aliases_now, tags

    def sync(self, *options: str, check: bool = True) -> str:
        """Look once."""
        return run(self.folder, *self._command(*options), "--once", check=check)

    @contextmanager
    def following(self) -> Iterator[None]:
        """Run the operator."""
        with (self.folder / "sync.log").open("w") as log:
            operator = subprocess.Popen(
                [str(PYTHON), "-m", *self._command("--interval", "0.2")], stdout=log, stderr=log,
                cwd=self.folder, env=environment(self.folder),
            )  # fmt: skip
        try:
            yield
        finally:
            operator.terminate()
            assert operator.wait(timeout=PATIENCE_S) == 0

    def _command(self, *options: str) -> tuple[str, ...]:
        return (
            "heads", "sync", "--tracking-uri", self.uri, "--catalog", str(self.served), "--data",
            str(self.folder / "fresh.jsonl"), "--label-column", "topic", *options,
        )  # fmt: skip

    @property
    def roles(self) -> aliases.Aliases:
        """The catalog's roles now."""
        return aliases.read(self.catalog, "topic")[0]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start the server and train three versions into it."""
    folder = tmp_path_factory.mktemp("lab")
    with mlflow_server(folder) as uri:
        yield Lab(folder, uri)


@pytest.mark.e2e
def test_a_moved_alias_is_live_without_a_failed_request(lab: Lab) -> None:
    """Fetched, gated, published, promoted with a record; whoever asks meanwhile is answered."""
    lab.act("alias", "topic", "production", "1")
    with lab.following():
        until(lambda: lab.roles.production == "1", "version 1 is not live", PATIENCE_S)
        registry = Registry(lab.served)
        registry.start()
        stop, statuses, versions = threading.Event(), set[str](), set[str]()
        asking = threading.Thread(target=_ask, args=(registry, stop, statuses, versions))
        asking.start()
        try:
            lab.act("alias", "topic", "production", "2")
            until(lambda: "2" in versions, "version 2 does not answer", PATIENCE_S)
        finally:
            stop.set()
            asking.join()
            registry.close()
    assert (statuses, versions) == ({"ok"}, {"1", "2"})
    entries = list(audit.entries(lab.catalog, "topic"))
    assert [entry.by for entry in entries] == ["mlflow", "mlflow"]
    assert entries[-1].gate["figures"]["overall"]["rows"] == 150
    _, tags = lab.act("look", "topic")
    assert tags["2"]["trunkline.sync"].startswith("production: live")


@pytest.mark.e2e
def test_of_concurrent_moves_one_wins_and_all_are_recorded(lab: Lab) -> None:
    """Twenty people move the catalog on one generation while the alias moves: MLflow gives way."""
    _agreed(lab)
    before = lab.roles
    for version in ("1", "2", "3"):
        publish_to(lab.catalog, read_folder(lab.made / "topic" / version))
    in_mlflow, in_catalog = [v for v in ("1", "2", "3") if v != before.production]
    lab.act("alias", "topic", "candidate", in_mlflow)

    def move(number: int) -> bool:
        author, generation = Author(f"p{number}"), before.generation
        try:
            promote(lab.catalog, "topic", in_catalog, "candidate", author, generation=generation)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(20) as people:
        assert sum(people.map(move, range(20))) == 1
    assert "topic candidate: forestalled" in lab.sync()
    assert lab.roles.candidate == in_catalog
    last = [entry for entry in audit.entries(lab.catalog, "topic") if entry.by == "mlflow"][-1]
    assert (last.outcome, last.action) == ("forestalled", "promote to candidate")
    named, _ = lab.act("look", "topic")
    assert named == {"production": before.production, "candidate": in_catalog}


@pytest.mark.e2e
def test_a_model_with_a_pickle_is_refused(lab: Lab, tmp_path: Path) -> None:
    """Before anything of it is downloaded; the alias is put back and its version says why."""
    _agreed(lab)
    before = lab.roles
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for file in (lab.made / "topic" / "1").iterdir():
        (bundle / file.name).write_bytes(file.read_bytes())
    (bundle / "model.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    _, tags = lab.act("register", "topic", str(bundle))
    number = max(tags, key=int)
    named, _ = lab.act("alias", "topic", "production", number)
    assert "topic production: refused" in lab.sync()
    named, tags = lab.act("look", "topic")
    assert lab.roles == before
    assert named["production"] != number
    assert "model.pkl: no bundle has such a file" in tags[number]["trunkline.sync"]


@pytest.mark.e2e
def test_mlflow_away_changes_nothing(lab: Lab) -> None:
    """One look says so and fails; roles and audit stay."""
    before, entries = lab.roles, list(audit.entries(lab.catalog, "topic"))
    away = Lab.__new__(Lab)
    away.__dict__ = {**lab.__dict__, "uri": "http://127.0.0.1:9"}
    output = away.sync(check=False)
    assert "[tracking_error]" in output
    assert (lab.roles, list(audit.entries(lab.catalog, "topic"))) == (before, entries)


def _agreed(lab: Lab) -> None:
    """Bring both sides together, with a version in production."""
    if lab.roles.production is None:
        lab.act("alias", "topic", "production", "1")
    lab.sync()


def _ask(registry: Registry, stop: threading.Event, statuses: set[str], versions: set[str]) -> None:
    """Ask the head as fast as it answers, until told to stop."""
    pool = LocalPool(registry)
    rows = (FeatureRow({}, "What would it cost 7?"),)
    while not stop.is_set():
        head_set = pool.head_set()
        fingerprint = head_set.heads["topic"].fingerprint
        request = PredictRequest(head_set, ("topic",), rows, fingerprint, 5.0)
        answer: Any = pool.predict(request)
        scores = answer["topic"]
        statuses.add(scores.status)
        versions.add(scores.version)


def _topics(file: Path, count: int, start: int) -> None:
    """Write rows of two topics, five by an author."""
    words = {"price": "What would it cost", "meeting": "Let us talk on"}
    rows = [
        {"text": f"{words[label]} {n}?", "topic": label, "author": f"p{n // 5}"}
        for n in range(start, start + count)
        for label in [tuple(words)[n % 2]]
    ]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
