"""Every kind of change, in what runs: each worker of an idle gateway follows it by itself."""

import http.client
import itertools
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3
from prometheus_client.parser import text_string_to_metric_families

from embedder.config import Settings as EmbedderSettings
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from gateway.metrics import GENERATION_MASK
from heads.lifecycle.promotion import demote_candidate
from heads.registry.follower import PATIENCE_S
from heads.registry.registry import Registry
from heads.storage.folder import FolderCatalog
from loadtests.stack.processes import ROOT
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, write_head
from tests.support.roles import point
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.service

WORKERS = 2
MAIL = {"text": "Thank you, that could be of interest to us."}
RULE = "rule:auto_reply.header.auto_submitted"
AUTOMATIC = {**MAIL, "headers": {"Auto-Submitted": "auto-replied"}}
Answer = Any


class Fleet:
    """A running stack, its catalog, and a kept connection to each of the gateway's workers."""

    def __init__(self, stack: Stack, *, remote: bool) -> None:
        self.stack = stack
        self.remote = remote
        self.catalog = stack.folder / "catalog"
        self._connections: dict[int, http.client.HTTPConnection] = {}

    def write(self, name: str, version: str, **bundle: Any) -> None:
        """Write a version that has no role yet."""
        labels = ["positive", "objection", "other"] if name == "intent" else ["yes", "no"]
        seed = 100 * len(name) + int(version)
        write_head(self.catalog, name, labels, version=version, seed=seed, role=None, **bundle)

    def heads(self, *words: str) -> None:
        """Run a `heads` command on the catalog."""
        command = [sys.executable, "-m", "heads", *words, "--catalog", str(self.catalog)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    def follow(self) -> None:
        """Wait until every worker knows what the catalog holds; ask none of them to classify."""
        served = self._generation()
        if self.remote:  # a gateway's next look may lead to the one that looks last
            until(lambda: self._heads_serve(served), "a heads worker serves something else")
        generation = float(served & GENERATION_MASK)
        until(
            lambda: self._known() == [generation] * WORKERS,
            f"a worker serves something else than {generation}: {self._known()}",
        )

    def ask(self, mail: Mapping[str, Any] = MAIL) -> Iterator[tuple[int, Answer]]:
        """Yield each worker's next answers, of the same mail: the first may come of its cache."""
        body = json.dumps(mail)
        for pid, connection in self.connections():
            for _ in range(20):
                connection.request(
                    "POST", "/v1/classify", body, {"Content-Type": "application/json"}
                )
                yield pid, json.loads(connection.getresponse().read())

    def connections(self) -> list[tuple[int, http.client.HTTPConnection]]:
        """Return a connection to each worker, with its process id."""
        while len(self._connections) < WORKERS:
            self._connect()
        return list(self._connections.items())

    def stop(self) -> None:
        """Close the connections and end the stack."""
        for connection in self._connections.values():
            connection.close()
        self.stack.stop()

    def _generation(self) -> int:
        registry = Registry(self.catalog)
        return registry.current().head_set.generation

    def _heads_serve(self, generation: int) -> bool:
        """Whether both workers of the heads service serve this."""
        pids: set[int] = set()
        with ExitStack() as asked:
            while len(pids) < WORKERS:
                connection = _connect(self.stack.heads_url)
                asked.callback(connection.close)
                connection.request("GET", "/v1/heads")
                if json.loads(connection.getresponse().read())["generation"] != generation:
                    return False
                pids.add(self._pid_at(connection, "heads"))
        return True

    def _known(self) -> list[float]:
        page = urllib3.request("GET", f"{self.stack.gateway_url}/metrics", retries=False).data
        return [
            sample.value
            for family in text_string_to_metric_families(page.decode())
            for sample in family.samples
            if sample.name == "gateway_head_set_generation"
        ]

    def _connect(self) -> None:
        """Open a connection, and keep it if it leads to a worker that none leads to yet."""
        connection = _connect(self.stack.gateway_url)
        connection.request("GET", "/livez")
        connection.getresponse().read()
        pid = self._pid_at(connection, "gateway")
        if pid in self._connections:
            connection.close()
        else:
            self._connections[pid] = connection

    def _pid_at(self, connection: http.client.HTTPConnection, service: str) -> int:
        """Return the worker that has answered on this connection."""
        own = connection.sock.getsockname()[1]
        return next(
            worker.pid
            for worker in psutil.Process(self.stack.services[service].pid).children()
            if any(peer.raddr and peer.raddr.port == own for peer in worker.net_connections("tcp"))
        )


def _connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=WAIT_S)


@pytest.fixture(params=["local", "remote"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fleet]:
    """Run a gateway of two workers, with heads in process or behind two heads workers."""
    catalog = tmp_path / "catalog"
    write_head(catalog, "intent", ["positive", "objection", "other"])
    write_head(catalog, "has_referral", ["yes", "no"])
    remote = request.param == "remote"
    with serve_server(FakeEncoder(dim=DIM), EmbedderSettings(port=0, metrics_port=0)) as server:
        settings = {
            **PATIENT,
            "GATEWAY_EMBEDDER": f"127.0.0.1:{server.port}",
            "GATEWAY_CATALOG": str(catalog),
            "GATEWAY_WORKERS": str(WORKERS),
            "GATEWAY_KEEPALIVE_S": "3600",
            "HEADS_CATALOG": str(catalog),
            "HEADS_WORKERS": "2",
            **({} if remote else {"GATEWAY_HEADS": "local"}),
        }
        made = Fleet(Stack(tmp_path, settings), remote=remote)
        try:
            made.stack.start(*(("heads",) if remote else ()), "gateway")
            yield made
        finally:
            made.stop()


def version_is(version: str, *, canary: bool = False) -> Callable[[Answer], bool]:
    """Return a check for intent's answer: this version's, as a candidate's or not."""

    def holds(answer: Answer) -> bool:
        head = answer["heads"]["intent"]
        served = (head["status"], head["version"], head.get("canary", False))
        return bool(served == ("ok", version, canary))

    return holds


def has_status(status: str, answer: Answer) -> bool:
    """Whether the head of referrals has this status."""
    return bool(answer["heads"]["has_referral"]["status"] == status)


def is_decided_by(decider: str, answer: Answer) -> bool:
    """Whether a rule or the model decided."""
    return bool(answer["decision"]["decided_by"] == decider)


def test_every_worker_of_an_idle_gateway_follows_every_change(fleet: Fleet) -> None:
    """Once followed, no answer of any worker is an older one; nobody asks for anything before."""

    def check(change: str, holds: Callable[[Answer], bool], mail: Mapping[str, Any] = MAIL) -> None:
        fleet.follow()
        for pid, answer in fleet.ask(mail):
            assert holds(answer), f"after {change}, worker {pid}: {answer}"

    intent = fleet.catalog / "intent"
    check("the start", version_is("1"))
    for version in ("2", "3"):
        fleet.write("intent", version)
    point(intent, "production", "2")
    check("a promotion", version_is("2"))
    fleet.heads("rollback", "intent")
    check("a rollback", version_is("1"))
    shutil.rmtree(intent / "2")
    check("a deletion of the version that was rolled back", version_is("1"))
    point(intent, "candidate", "3", 1.0)
    check("a candidate's start", version_is("3", canary=True))
    point(intent, "candidate", "3", 0.0)
    check("a candidate's change of weight", version_is("1"))
    point(intent, "candidate", "3", 1.0)
    check("a candidate's change of weight", version_is("3", canary=True))
    assert demote_candidate(FolderCatalog(fleet.catalog), "intent", "3", "out of bounds")
    check("a candidate's demotion", version_is("1"))
    point(intent, "candidate", "3", 1.0)
    check("a candidate's second start", version_is("3", canary=True))
    fleet.heads("remove-role", "intent", "--role", "candidate")
    check("a role's removal", version_is("1"))
    point(intent, "shadow", "3", 1.0)
    check("a shadow's start", version_is("1"))
    fleet.write("intent", "4", thresholds={"positive": 1.0, "objection": 1.0, "other": 1.0,
                                           "margin": 0.0})  # fmt: skip
    point(intent, "production", "4")
    check("other thresholds", lambda a: version_is("4")(a) and a["heads"]["intent"]["abstained"])
    fleet.write("is_new", "1")
    check("a new folder without a role", lambda a: "is_new" not in a["heads"])
    point(fleet.catalog / "is_new", "production", "1")
    check("a new head", lambda a: a["heads"]["is_new"]["status"] == "ok")


def test_every_worker_of_an_idle_gateway_follows_switches(fleet: Fleet) -> None:
    """A head or a rule that is turned off or on is so in every worker's next answer."""

    def check(change: str, holds: Callable[[Answer], bool], mail: Mapping[str, Any]) -> None:
        fleet.follow()
        for pid, answer in fleet.ask(mail):
            assert holds(answer), f"after {change}, worker {pid}: {answer}"

    for turn, status in (("off", "disabled"), ("on", "ok")):
        fleet.heads("switch", turn, "head:has_referral")
        check(turn, partial(has_status, status), MAIL)
    for turn, decider in (("off", "model"), ("on", "rule")):
        fleet.heads("switch", turn, RULE)
        check(turn, partial(is_decided_by, decider), AUTOMATIC)


@pytest.mark.parametrize("fleet", ["remote"], indirect=True)
def test_a_head_set_that_was_changed_while_the_heads_were_away_is_followed(fleet: Fleet) -> None:
    """What is known is kept while the heads service is down, and is replaced once it is back."""
    fleet.follow()
    fleet.write("intent", "2")
    fleet.stack.services["heads"].stop(signal.SIGTERM)
    point(fleet.catalog / "intent", "production", "2")
    listed = urllib3.request("GET", f"{fleet.stack.gateway_url}/v1/heads").json()
    assert [head["version"] for head in listed["heads"]] == ["1", "1"]
    fleet.stack.start("heads")
    fleet.follow()
    for pid, answer in fleet.ask():
        assert version_is("2")(answer), f"worker {pid}: {answer}"


def test_a_head_is_asked_for_right_after_its_promotion(fleet: Fleet) -> None:
    """A name that was unknown a moment ago is not refused, whichever worker is asked first.

    One that is refused after a worker's patience with a busy machine says nothing: another is made,
    a few times.
    """
    names = (f"new_{number}" for number in itertools.count())
    for _, connection in fleet.connections():
        for name in itertools.islice(names, 5):
            fleet.write(name, "1")
            body = json.dumps({**MAIL, "heads": [name]})
            point(fleet.catalog / name, "production", "1")
            begun = time.monotonic()
            connection.request("POST", "/v1/classify", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer, status = json.loads(response.read()), response.status
            if status != 422 or time.monotonic() - begun < PATIENCE_S:
                break
        assert (status, *answer.get("heads", ())) == (200, name)
