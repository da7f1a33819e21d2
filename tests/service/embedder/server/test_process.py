"""The embedder as a process: what it does on a signal to stop, and when things break."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import psutil
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from embedder.client import EmbedderClient
from embedder.errors import EmbedderError, Unavailable
from loadtests.stack.processes import free_ports
from tests.support.embedder_process import Process, connected, process
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

VIEWS = ["mean@1"]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Offer threads for calls that wait."""
    with ThreadPoolExecutor(8) as pool:
        yield pool


def health(target: str) -> str | None:
    """Ask for the health status; None without an answer."""
    with grpc.insecure_channel(target) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=WAIT_S
            )
        except grpc.RpcError:
            return None
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


def works(client: EmbedderClient) -> bool:
    """Whether the embedder answers."""
    try:
        return client.embed(["hello"], VIEWS).items[0].error is None
    except EmbedderError:
        return False


def connections(running: Process) -> set[int]:
    """Return the ports of the callers that are connected to an embedder."""
    port = int(running.target.rpartition(":")[2])
    return {
        link.raddr.port
        for link in psutil.Process(running.popen.pid).net_connections("tcp")
        if link.laddr.port == port and link.status == psutil.CONN_ESTABLISHED
    }


def await_renewal(running: Process) -> None:
    """Wait until somebody connects anew."""
    before = connections(running)
    until(lambda: connections(running) - before, "no connection is renewed")


def await_set_aside(client: EmbedderClient) -> None:
    """Wait until the client sends nothing new: what the embedder has accepted is not given up."""
    until(lambda: client._connect().balancer.replicas.all()[0].aside == "unreachable")


def test_sigterm_finishes_what_was_accepted_and_exits_zero(threads: ThreadPoolExecutor) -> None:
    """On SIGTERM: NOT_SERVING and new calls refused at once, accepted work answered, exit 0."""
    drain = {"drain_timeout_s": WAIT_S}
    with process(**drain) as running, connected(running.target) as client:
        running.turn("gate", "clear")
        accepted = threads.submit(client.embed, ["accepted"], VIEWS)
        until(lambda: client.info().cache.misses == 1)
        running.popen.send_signal(signal.SIGTERM)
        running.logged("draining")
        until(lambda: health(running.target) == "NOT_SERVING")
        with pytest.raises(Unavailable):
            client.embed(["new"], VIEWS)
        await_set_aside(client)
        running.turn("gate", "set")
        assert accepted.result(WAIT_S).items[0].error is None
        assert running.exit_code() == 0


def test_the_drain_has_a_time_limit(threads: ThreadPoolExecutor) -> None:
    """Work that does not finish within EMBEDDER_DRAIN_TIMEOUT_S is failed, and the process ends."""
    with process(drain_timeout_s=0.2) as running, connected(running.target) as client:
        running.turn("gate", "clear")
        stuck = threads.submit(client.embed, ["stuck"], VIEWS)
        until(lambda: client.info().cache.misses == 1)
        running.popen.send_signal(signal.SIGTERM)
        with pytest.raises(EmbedderError):
            stuck.result(WAIT_S)
        assert running.exit_code() == 0


@pytest.mark.parametrize("knob", ["lost", "broken", "wrong_shape"])
def test_a_lost_encoder_ends_the_process(knob: str) -> None:
    """A broken runtime ends the process.

    A runtime that fails on everything ends the process, non-zero; callers hear UNAVAILABLE rather
    than an item error.
    """
    with process() as running, connected(running.target) as client:
        assert works(client)
        running.turn(knob, "set")
        with pytest.raises(Unavailable):
            client.embed(["fatal"], VIEWS)
        assert running.exit_code() == 1
        assert running.logged("encoder_lost")


def test_an_encoder_that_dies_while_idle_is_found(threads: ThreadPoolExecutor) -> None:
    """The watchdog runs a forward when none succeeded for long: before a request runs into it."""
    with process(probe_after_s=0.1) as running:
        assert health(running.target) == "SERVING"
        running.turn("lost", "set")
        assert running.exit_code() == 1


def test_a_forward_that_never_ends_ends_the_process(threads: ThreadPoolExecutor) -> None:
    """A stuck encoder cannot be repaired from within: NOT_SERVING, then exit non-zero."""
    with process(forward_timeout_s=2) as running, connected(running.target) as client:
        running.turn("gate", "clear")
        stuck = threads.submit(client.embed, ["stuck"], VIEWS)
        assert running.exit_code() == 1
        assert isinstance(stuck.exception(WAIT_S), Unavailable)


def test_an_old_queue_is_not_serving(threads: ThreadPoolExecutor) -> None:
    """SERVING means that the oldest waiting text is young; it comes back when the queue moves."""
    with process(max_queue_age_s=0.2) as running, connected(running.target) as client:
        running.turn("gate", "clear")
        waiting = [threads.submit(client.embed, [f"t{n}"], VIEWS) for n in range(4)]
        until(lambda: health(running.target) == "NOT_SERVING")
        await_set_aside(client)
        running.turn("gate", "set")
        assert all(call.result(WAIT_S).items[0].error is None for call in waiting)
        until(lambda: health(running.target) == "SERVING")


def test_a_killed_embedder_that_comes_back_is_found_again(threads: ThreadPoolExecutor) -> None:
    """One client over a kill -9: UNAVAILABLE long before its deadline, answers again after."""
    (port,) = free_ports(1)
    with connected(f"127.0.0.1:{port}") as client:
        with process(port=port) as running:
            running.logged("ready")
            assert works(client)
            running.popen.kill()
            running.exit_code()
            lost = threads.submit(client.embed, ["hello"], VIEWS, timeout_s=4 * WAIT_S)
            assert isinstance(lost.exception(WAIT_S), Unavailable)
        with process(port=port) as running:
            running.logged("ready")
            until(lambda: works(client))


def test_a_client_may_be_there_first(threads: ThreadPoolExecutor) -> None:
    """A client may be there before its server.

    It is constructed, and fails, without waiting for one; it works as soon as there is one, and
    after its connection was renewed in an idle time.
    """
    (port,) = free_ports(1)
    with connected(f"127.0.0.1:{port}") as client:
        absent = threads.submit(client.embed, ["hello"], VIEWS, timeout_s=4 * WAIT_S)
        assert isinstance(absent.exception(WAIT_S), Unavailable)
        with process(port=port, max_connection_age_s=0.2) as running:
            running.logged("ready")
            until(lambda: works(client))
            for _ in range(3):
                await_renewal(running)
                client.embed(["again"], VIEWS)


def test_a_client_may_be_made_before_a_fork() -> None:
    """Each process opens its own channel, at its first call."""
    program = (
        "import os, sys\n"
        "from embedder.client import EmbedderClient\n"
        "client = EmbedderClient(sys.argv[1])\n"
        "child = os.fork()\n"
        "assert client.embed(['x'], ['mean@1'], timeout_s=60).items[0].error is None\n"
        "client.close()\n"
        "if child:\n"
        "    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    with process() as running:
        command = [sys.executable, "-c", program, running.target]
        assert subprocess.run(command, timeout=2 * WAIT_S, check=False).returncode == 0


def test_a_taken_port_is_an_error() -> None:
    """Two servers never share a port in silence: the second exits non-zero and logs the reason."""
    with process() as first:
        port = first.target.rpartition(":")[2]
        with process(port=port) as second:
            assert second.exit_code() == 1
            assert second.logged("start_failed")["code"] == "port_taken"
