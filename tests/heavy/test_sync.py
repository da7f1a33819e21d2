"""`heads sync` against a real MLflow server: followed under load, refused, raced, away."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.reading import read_folder
from heads.bundle.writing import publish_to
from heads.errors import ConflictError
from heads.lifecycle import aliases, audit
from heads.lifecycle.promotion import Author, promote
from heads.storage.folder import FolderCatalog
from loadtests.stack.stack import running_stack
from tests.support.callers import Callers, calling
from tests.support.mlflow_server import PYTHON, environment, mlflow_server, run
from tests.support.topics import write_topics
from tests.support.waiting import PATIENT, until

# Many processes start, each of which imports much: minutes on a machine that is busy.
pytestmark = pytest.mark.timeout(900)

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
        write_topics(folder / "t.jsonl", 90)
        write_topics(folder / "fresh.jsonl", 150, 1000)
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
    def settings(self) -> dict[str, str]:
        """Return what services need to serve the catalog."""
        where = {"HEADS_CATALOG": str(self.served), "GATEWAY_CATALOG": str(self.served)}
        return where | PATIENT

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
def test_a_moved_alias_is_live_without_a_failed_request(lab: Lab, tmp_path: Path) -> None:
    """Fetched, gated, published, promoted with a record, while callers ask a running gateway.

    Every answer is whole and of the version before or of the new one, and soon of the new one
    alone, from caches too; nothing is restarted.
    """
    lab.act("alias", "topic", "production", "1")
    with lab.following():
        until(lambda: lab.roles.production == "1", "version 1 is not live", PATIENCE_S)
        with running_stack(tmp_path, lab.settings) as stack:
            services = {name: service.pid for name, service in stack.services.items()}
            with calling(stack.gateway_url, "topic") as callers:
                _await_answers(callers, "1")
                lab.act("alias", "topic", "production", "2")
                until(lambda: lab.roles.production == "2", "version 2 has no role", PATIENCE_S)
                _await_answers(callers, "2")
            assert {name: service.pid for name, service in stack.services.items()} == services
            for service in stack.services.values():
                service.raise_if_ended()
    assert callers.failures == []
    assert callers.versions == {"1", "2"}
    entries = list(audit.entries(lab.catalog, "topic"))
    assert [entry.by for entry in entries] == ["mlflow", "mlflow"]
    assert entries[-1].gate["figures"]["overall"]["rows"] == 150
    _, tags = lab.act("look", "topic")
    assert tags["2"]["trunkline.sync"].startswith("production: live")
    print(f"{callers.count} requests; the first answer of version 2 came {_delay(lab, callers)}")


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


def _await_answers(callers: Callers, version: str) -> None:
    """Wait until each caller has had answers of this version alone, many in a row."""
    until(
        lambda: callers.failures or callers.settled_on(version),
        f"not every caller is answered by version {version}",
        PATIENCE_S,
    )


def _delay(lab: Lab, callers: Callers) -> str:
    """Tell how long after the change of roles its version answered first."""
    last = list(audit.entries(lab.catalog, "topic"))[-1]
    changed = datetime.datetime.fromisoformat(last.at).timestamp()
    return f"{callers.first_answers['2'] - changed:.2f} s after the roles' change"
