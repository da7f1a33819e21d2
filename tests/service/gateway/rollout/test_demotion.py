"""A bad candidate goes back everywhere: every heads service is asked, also past a dead one."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gateway.rollout import demotion
from gateway.rollout.demotion import DemotionRefusedError, from_services
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.service


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give services on a busy machine time to answer."""
    monkeypatch.setattr(demotion, "_TIMEOUT_S", WAIT_S)


class Service(HTTPServer):
    """Answers every withdrawal with one status and counts them."""

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.status = status
        self.asked = 0

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    """One request of a Service."""

    server: Service

    def do_POST(self) -> None:  # the name is the protocol's
        """Count and answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@contextmanager
def running(status: int) -> Iterator[Service]:
    """Run a stand-in for a heads service that answers with `status`, on a free port."""
    with Service(status) as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()


def test_a_service_that_is_away_keeps_no_other_from_withdrawing() -> None:
    """That one did not answer is raised when all were asked."""
    with socket.socket() as away, running(200) as good:
        away.bind(("127.0.0.1", 0))  # the port is taken, and nobody listens there
        url = f"http://127.0.0.1:{away.getsockname()[1]}"
        with pytest.raises(DemotionRefusedError, match=r"answered \[0, 200\]"):
            from_services([url, good.url], "")("intent", "2", "too many errors")
        assert good.asked == 1


def test_a_service_that_refuses_keeps_no_other_from_withdrawing() -> None:
    """That one refused is raised when all were asked."""
    with running(500) as bad, running(200) as good:
        with pytest.raises(DemotionRefusedError, match=r"answered \[500, 200\]"):
            from_services([bad.url, good.url], "")("intent", "2", "too many errors")
        assert good.asked == 1


def test_all_that_agree_are_done() -> None:
    """Every service is asked once and nothing is raised."""
    with running(200) as one, running(200) as two:
        from_services([one.url, two.url + "/"], "token")("intent", "2", "why")
        assert (one.asked, two.asked) == (1, 1)
