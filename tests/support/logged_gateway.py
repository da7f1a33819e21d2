"""A gateway of real processes that records what it answers, and callers who note what they got."""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import urllib3
from sqlalchemy import create_engine, func, select

from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve
from gateway.prediction_log.models import HeadAnswer, Prediction
from loadtests.config import inherited_environment
from loadtests.stack.processes import ROOT, free_ports
from tests.support.pools import DIM, write_head
from tests.support.waiting import PATIENT, START_S, WAIT_S, until

LEAST_RATE = 5.0  # answers a second, or records moved, that a busy machine still reaches
# How long a gateway that stops waits for its drainer, which a busy machine holds up.
_FINISH = {"GATEWAY_LOG_FINISH_S": "120", "GATEWAY_GRACEFUL_TIMEOUT_S": "150"}


@dataclass
class LoggedGateway:
    """A gateway of two workers over a folder and a database; `answered` holds ids of answers.

    `times` holds when each request began and how long it took, in seconds, of those answered 200.
    """

    url: str
    database: str
    embedder: str
    environ: dict[str, str]
    process: subprocess.Popen[bytes]
    answered: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    times: list[tuple[float, float]] = field(default_factory=list)

    def ask(self, text: str, **members: object) -> int:
        """Classify a mail and note the id of its record; return the status, 0 without an answer."""
        began = time.monotonic()
        try:
            reply = self.call("POST", "/v1/classify", json={"text": text, **members})
        except urllib3.exceptions.HTTPError:
            self.statuses.append(0)
            return 0
        if reply.status == 200:
            self.times.append((began, time.monotonic() - began))
        if reply.status == 200 and reply.json()["prediction_id"]:
            self.answered.append(reply.json()["prediction_id"])
        self.statuses.append(reply.status)
        return reply.status

    def call(self, method: str, path: str, **given: Any) -> urllib3.BaseHTTPResponse:
        """Return the reply of one of the workers, whichever takes the connection."""
        return urllib3.request(
            method, self.url + path, retries=False, timeout=WAIT_S,
            headers={"Connection": "close"}, **given,
        )  # fmt: skip

    @contextlib.contextmanager
    def load(self) -> Iterator[None]:
        """Let four callers ask, one mail after the other, until the block ends."""
        stopping = threading.Event()

        def call(caller: int) -> None:
            number = 0
            while not stopping.is_set():
                self.ask(f"Mail {number % 20} of caller {caller}: what would it cost?")
                number += 1

        callers = [threading.Thread(target=call, args=(number,)) for number in range(4)]
        for caller in callers:
            caller.start()
        try:
            yield
        finally:
            stopping.set()
            for caller in callers:
                caller.join()

    def answer_more(self, count: int) -> None:
        """Wait until so many more answers have come."""
        wanted = len(self.answered) + count
        patience = WAIT_S + count / LEAST_RATE
        until(lambda: len(self.answered) >= wanted, "no more answers came", patience)

    def workers(self) -> list[psutil.Process]:
        """Return the workers, not what they have started."""
        return psutil.Process(self.process.pid).children()

    def drainers(self) -> list[psutil.Process]:
        """Return the processes that workers have started and that run."""
        running: list[psutil.Process] = []
        for worker in self.workers():
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended after it was listed
                children = worker.children()
                running += [p for p in children if p.status() != psutil.STATUS_ZOMBIE]
        return running

    def metric(self, name: str) -> float:
        """Return the value of one series, 0 where it is not shown."""
        page = urllib3.request("GET", f"{self.url}/metrics", headers={"Connection": "close"})
        lines = [x for x in page.data.decode().splitlines() if x.startswith(f"{name} ")]
        return float(lines[0].rpartition(" ")[2]) if lines else 0.0

    def migrate(self) -> None:
        """Run `gateway migrate`."""
        self.command("migrate")

    def command(self, *name: str) -> None:
        """Run one of the log's commands; raise CalledProcessError where it fails."""
        words = [sys.executable, "-m", "gateway", *name]
        subprocess.run(words, env=self.environ, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    def recorded(self) -> list[str]:
        """Return the ids in the database, one for each row."""
        engine = create_engine(self.database.replace("postgresql:", "postgresql+psycopg:"))
        of_it = HeadAnswer.prediction_id == Prediction.id
        query = select(Prediction.id, func.count(HeadAnswer.head)).outerjoin(HeadAnswer, of_it)
        with engine.connect() as connection:
            heads = connection.execute(query.group_by(Prediction.at, Prediction.id)).all()
        engine.dispose()
        assert {count for _, count in heads} <= {1}  # one head answers every mail
        return [row.id for row in heads]

    def is_whole(self) -> bool:
        """Whether every answer that named a record is in the database."""
        return set(self.answered) <= set(self.recorded())

    def require_once(self, invented: int = 0) -> None:
        """Wait until all is recorded; assert that it is so once, and nothing else.

        A request whose worker was killed may be recorded and its answer never arrive: `invented`.
        """
        patience = WAIT_S + len(self.answered) / LEAST_RATE
        until(self.is_whole, "answers are missing in the database", patience)
        ids = self.recorded()
        assert len(ids) == len(set(ids))
        assert len(set(ids) - set(self.answered)) <= invented


@contextlib.contextmanager
def logged_gateway(
    folder: Path, database: str, *, migrated: bool = True, **settings: str
) -> Iterator[LoggedGateway]:
    """Yield a gateway that is ready, over a stand-in encoder and one real head."""
    (port,) = free_ports(1)
    write_head(folder / "catalog", "intent", ["yes", "no"])
    with serve(FakeEncoder(dim=DIM)) as embedder:
        environ = {
            **inherited_environment(),
            **PATIENT,
            **_FINISH,
            "GATEWAY_EMBEDDER": embedder,
            "GATEWAY_HEADS": "local",
            "GATEWAY_CATALOG": str(folder / "catalog"),
            "GATEWAY_PORT": str(port),
            "GATEWAY_WORKERS": "2",
            "GATEWAY_LOG_DIR": str(folder / "log"),
            "GATEWAY_LOG_DATABASE": database,
            "GATEWAY_LOG_LEVEL": "warning",
            **settings,
        }
        words = [sys.executable, "-m", "gateway"]
        if migrated:
            subprocess.run([*words, "migrate"], env=environ, cwd=ROOT, check=True)
        process = subprocess.Popen([*words, "serve"], env=environ, cwd=ROOT)
        gateway = LoggedGateway(f"http://127.0.0.1:{port}", database, embedder, environ, process)
        try:
            until(lambda: _is_ready(gateway.url), "it is never ready", START_S)
            yield gateway
        finally:
            process.terminate()
            process.wait(START_S)


def _is_ready(url: str) -> bool:
    try:
        return urllib3.request("GET", f"{url}/readyz", retries=False).status == 200
    except urllib3.exceptions.HTTPError:
        return False
