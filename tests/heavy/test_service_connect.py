"""gRPC through a proxy that balances requests, as Service Connect does: two embedders, Envoy."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
import urllib3

from embedder.client import EmbedderClient
from embedder.client.connection import Connection
from loadtests.stack.envoy import Envoy, Upstream
from loadtests.stack.processes import free_ports
from protos.embedder.v1 import embedder_pb2 as pb
from tests.support.embedder_process import Process, process
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.e2e
VIEWS = ["mean@6"]
MISSES = "embedder_cache_misses_total"
TEXTS = ("one", "two", "three", "four")


@dataclass
class Mesh:
    """Two embedders and the address of the proxy before them."""

    embedders: list[Process]
    envoy: Envoy
    target: str

    def port(self, number: int) -> int:
        """Return where an embedder listens."""
        return int(self.embedders[number].target.rpartition(":")[2])

    def served(self, number: int) -> float:
        """Return how many requests an embedder has answered well."""
        return self.metric(number, 'embedder_requests_total{.*method="Embed".*}')

    def metric(self, number: int, series: str) -> float:
        """Return the sum of an embedder's series whose name and labels match."""
        port = self.embedders[number].logged("ready")["metrics_port"]
        text = urllib3.request("GET", f"http://127.0.0.1:{port}/metrics").data.decode()
        return sum(map(float, re.findall(rf"^{series} (\S+)$", text, re.MULTILINE)))


@contextmanager
def _mesh(folder: Path, stream_s: float) -> Iterator[Mesh]:
    """Run two embedders behind a proxy that ends a request or stream after so long; 0: never."""
    with ExitStack() as stack:
        embedders = [stack.enter_context(process(drain_timeout_s=WAIT_S)) for _ in range(2)]
        ports = [int(embedder.target.rpartition(":")[2]) for embedder in embedders]
        listener, admin = free_ports(2)
        upstream = Upstream("embedder", "grpc", listener, mesh=True, request_timeout_s=stream_s)
        envoy = Envoy(folder, [upstream], admin)
        stack.callback(envoy.stop)
        envoy.start({"embedder": ports})
        until(lambda: envoy.endpoints("embedder") == dict.fromkeys(ports, True))
        yield Mesh(embedders, envoy, f"127.0.0.1:{listener}")


@pytest.fixture
def mesh(tmp_path: Path) -> Iterator[Mesh]:
    """Run two embedders behind the proxy; only the services end requests."""
    with _mesh(tmp_path, 0) as running:
        yield running


@contextmanager
def _client(target: str, *, watch_health: bool) -> Iterator[EmbedderClient]:
    client = EmbedderClient(target, default_timeout_s=WAIT_S, watch_health=watch_health)
    try:
        yield client
    finally:
        client.close()


def _request(text: str) -> pb.EmbedRequest:
    return pb.EmbedRequest(texts=[text], views=VIEWS)


def test_one_connection_reaches_both(mesh: Mesh) -> None:
    """Requests are balanced, not connections: one channel's calls are answered by both."""
    with _client(mesh.target, watch_health=False) as client:
        for number in range(60):
            client.embed([f"text {number}"], VIEWS)
    assert min(mesh.served(0), mesh.served(1)) >= 10


def test_a_draining_embedder_costs_nothing(mesh: Mesh) -> None:
    """One says NOT_SERVING, finishes and goes: every call is answered, then by the other alone."""
    with _client(mesh.target, watch_health=False) as client:
        client.embed(["before"], VIEWS)
        mesh.embedders[0].popen.send_signal(signal.SIGTERM)
        for number in range(100):
            client.embed([f"text {number}"], VIEWS)
        assert mesh.embedders[0].exit_code() == 0
        client.embed(["after"], VIEWS)


def test_a_sick_embedder_is_left_out(mesh: Mesh) -> None:
    """One cannot encode and says NOT_SERVING: calls go to the other."""
    mesh.embedders[0].turn("broken", "set")
    until(lambda: mesh.envoy.endpoints("embedder") == {mesh.port(0): False, mesh.port(1): True})
    with _client(mesh.target, watch_health=False) as client:
        for number in range(30):
            client.embed([f"text {number}"], VIEWS)


def test_a_watch_through_the_proxy_follows_one_of_many(mesh: Mesh) -> None:
    """Why it is off there: while the watched embedder drains, the other is not asked either."""
    mesh.envoy.route("embedder", [mesh.port(0)])
    watching = Connection(mesh.target, watch_health=True)
    with (
        closing(watching),
        _client(mesh.target, watch_health=False) as asking,
        ThreadPoolExecutor() as pool,
    ):
        watching.embed(_request("before"), timeout=WAIT_S, wait_for_ready=True)
        misses = mesh.metric(0, MISSES)
        mesh.embedders[0].turn("gate", "clear")
        # Accepted, and not encoded: the drain lasts until the gate opens.
        accepted = [pool.submit(asking.embed, [text], VIEWS) for text in TEXTS]
        until(lambda: mesh.metric(0, MISSES) >= misses + len(TEXTS))
        mesh.envoy.route("embedder", [mesh.port(0), mesh.port(1)])
        mesh.embedders[0].popen.send_signal(signal.SIGTERM)
        until(lambda: mesh.envoy.endpoints("embedder") == {mesh.port(0): False, mesh.port(1): True})
        with pytest.raises(grpc.RpcError) as refusal:
            watching.embed(_request("during"), timeout=WAIT_S)
        assert refusal.value.code() is grpc.StatusCode.UNAVAILABLE
        asking.embed(["during"], VIEWS)
        mesh.embedders[0].turn("gate", "set")
        for call in accepted:
            call.result(WAIT_S)


def test_a_cut_stream_costs_no_call(tmp_path: Path) -> None:
    """The proxy ends the watch at its time-out, again and again: calls between are answered."""
    with (
        _mesh(tmp_path, 2) as running,
        _client(running.target, watch_health=True) as client,
    ):
        calls = 0
        while _streams_cut(running) < 2:
            client.embed([f"text {calls}"], VIEWS)
            calls += 1
    assert calls > 0


def _streams_cut(mesh: Mesh) -> int:
    text = urllib3.request("GET", f"{mesh.envoy.admin}/stats?filter=upstream_rq_timeout").data
    counted = re.findall(
        r"^cluster\.embedder\.upstream_rq_timeout: (\d+)$", text.decode(), re.MULTILINE
    )
    return sum(map(int, counted))
