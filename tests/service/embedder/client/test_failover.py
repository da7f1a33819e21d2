"""Two embedders behind one client: one is killed, frozen, cut off or slow, and no request fails."""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from embedder.client import EmbedderClient, balancer, connection
from embedder.config import Settings
from embedder.errors import DeadlineExceeded, Overloaded, Unavailable
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve
from tests.support.embedder_process import Process, process
from tests.support.replica_notes import ReplicaNotes
from tests.support.tcp_proxy import TcpProxy, tcp_proxy
from tests.support.waiting import WAIT_S, until
from trunkline import replicas

pytestmark = pytest.mark.service

VIEWS = ["mean@1"]
SLOW_S = 0.5  # in each direction: a busy machine's own delays are well below a fourth of it


class Callers:
    """Threads that embed new texts all the time; `errors` are the calls that failed."""

    def __init__(self, client: EmbedderClient) -> None:
        self.answers: list[int] = []
        self.errors: list[Exception] = []
        self._client = client
        self._over = threading.Event()

    @contextmanager
    def calling(self, count: int = 4) -> Iterator[None]:
        """Call from so many threads while the block runs; none of the calls may fail."""
        self.answers = [0] * count
        threads = [threading.Thread(target=self._run, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            self.more(20)
            yield
            self.more(20)
        finally:
            self._over.set()
            for thread in threads:
                thread.join()
        assert self.errors == []

    def more(self, count: int) -> None:
        """Wait until so many more calls were answered, by each thread as many as by another.

        So the calls that were under way are over, however long their threads were held up.
        """
        goals = [answers + count // len(self.answers) for answers in self.answers]

        def reached() -> bool:
            return all(now >= goal for now, goal in zip(self.answers, goals, strict=True))

        until(lambda: reached() or self.errors, "no more answers")

    def _run(self, number: int) -> None:
        sent = 0
        while not self._over.is_set():
            sent += 1
            try:
                answer = self._client.embed([f"{number} {sent}"], VIEWS, timeout_s=WAIT_S)
                assert answer.items[0].error is None
            except Exception as error:
                self.errors.append(error)
                return
            self.answers[number] += 1
            self._over.wait(0.005)


@pytest.fixture
def notes() -> ReplicaNotes:
    """Keep what becomes of the replicas."""
    return ReplicaNotes()


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no replica be slow because the machine is busy; probes alone notice its silence."""
    monkeypatch.setattr(replicas, "SLOW_FLOOR_S", WAIT_S)
    monkeypatch.setattr(connection, "KEEPALIVE_S", WAIT_S)


@pytest.fixture
def no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no replica be silent because the machine is busy."""
    monkeypatch.setattr(balancer, "PROBE_TIMEOUT_S", WAIT_S)


@contextmanager
def client_of(notes: ReplicaNotes, *addresses: str) -> Iterator[EmbedderClient]:
    """Connect a client to a list of replicas."""
    target = f"ipv4:{','.join(addresses)}"
    client = EmbedderClient(target, observer=notes, default_timeout_s=WAIT_S)
    try:
        yield client
    finally:
        client.close()


@contextmanager
def two_processes(notes: ReplicaNotes) -> Iterator[tuple[Process, EmbedderClient]]:
    """Run two embedders; yield the first with a client of both."""
    with process() as first, process() as second:
        with client_of(notes, first.target, second.target) as client:
            yield first, client
        first.popen.send_signal(signal.SIGCONT)


@contextmanager
def two_proxied(
    notes: ReplicaNotes,
) -> Iterator[tuple[TcpProxy, list[FakeEncoder], EmbedderClient]]:
    """Run two embedders, the first behind a proxy; yield that, the encoders and a client."""
    encoders = [FakeEncoder(), FakeEncoder()]
    with ExitStack() as stack:
        first, second = (stack.enter_context(serve(encoder)) for encoder in encoders)
        proxy = stack.enter_context(tcp_proxy(first))
        yield proxy, encoders, stack.enter_context(client_of(notes, proxy.address, second))


def fill(threads: ThreadPoolExecutor, encoder: FakeEncoder, client: EmbedderClient) -> None:
    """Let one text run, up to the encoder's gate, and others wait until the queue is full."""
    while encoder.entered.acquire(blocking=False):  # the probe at start
        pass
    threads.submit(client.embed, ["running"], VIEWS, timeout_s=WAIT_S)
    assert encoder.entered.acquire(timeout=WAIT_S)
    threads.submit(client.embed, ["prepared"], VIEWS, timeout_s=WAIT_S)
    until(lambda: client.info().cache.misses == 2)
    threads.submit(client.embed, ["waiting"], VIEWS, timeout_s=WAIT_S)
    until(lambda: client.info().queue_size == 1, "the queue is not full")


@pytest.mark.usefixtures("no_silence")
def test_one_of_two_killed_costs_no_request(notes: ReplicaNotes) -> None:
    """What waits there goes to the other at once; no later call meets it."""
    with two_processes(notes) as (first, client), Callers(client).calling():
        first.popen.kill()
        notes.await_set_aside("unreachable")
    assert notes.serving == 1


def test_one_of_two_frozen_costs_no_request(notes: ReplicaNotes) -> None:
    """A process that stands still is noticed by its silence, and asked again once it goes on."""
    with two_processes(notes) as (first, client):
        callers = Callers(client)
        with callers.calling():
            first.popen.send_signal(signal.SIGSTOP)
            notes.await_set_aside("silent")
            callers.more(20)
            repeats = len(notes.repeats)
            callers.more(100)
            assert len(notes.repeats) == repeats, "a call went to the frozen one"
            first.popen.send_signal(signal.SIGCONT)
            notes.await_serving(2)


def test_one_of_two_in_a_black_hole_costs_no_request(notes: ReplicaNotes) -> None:
    """A line that swallows everything is as good as a frozen process; it comes back too."""
    with two_proxied(notes) as (proxy, encoders, client):
        callers = Callers(client)
        with callers.calling():
            proxy.black_hole()
            notes.await_set_aside("silent")
            callers.more(20)
            repeats = len(notes.repeats)
            callers.more(100)
            assert len(notes.repeats) == repeats, "a call went into the hole"
            forwards = len(encoders[0].batches)
            proxy.pass_on()
            notes.await_serving(2)
            until(lambda: len(encoders[0].batches) > forwards + 20, "nothing goes there again")


@pytest.mark.usefixtures("no_silence")
def test_one_of_two_cut_off_costs_no_request(notes: ReplicaNotes) -> None:
    """Connections that are reset, new ones too, are an absence like any other."""
    with two_proxied(notes) as (proxy, _, client), Callers(client).calling():
        proxy.cut()
        notes.await_set_aside("unreachable")


@pytest.mark.usefixtures("no_silence")
def test_a_much_slower_one_of_two_is_left_alone(
    notes: ReplicaNotes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets no calls but a trial now and then, and its share back once it is fast."""
    monkeypatch.setattr(replicas, "SLOW_FLOOR_S", SLOW_S)
    with two_proxied(notes) as (proxy, encoders, client):
        callers = Callers(client)
        with callers.calling():
            proxy.delay(SLOW_S)
            slow = client._connect().balancer.replicas.all()[0]
            until(lambda: slow.aside == "slow", f"it is not slow: {notes.reasons}")
            callers.more(20)
            forwards = len(encoders[0].batches)
            callers.more(100)
            assert len(encoders[0].batches) <= forwards + 2, "more than a trial"
            proxy.pass_on()
            notes.await_serving(2)
            until(lambda: len(encoders[0].batches) > forwards + 20, "no share again")


@pytest.mark.usefixtures("no_silence")
def test_a_replica_that_is_there_first_later_or_never_harms_nobody(notes: ReplicaNotes) -> None:
    """Of three addresses one answers: all calls do, from the first on."""
    with serve() as only, client_of(notes, "127.0.0.1:9", only, "127.0.0.1:10") as client:
        for number in range(10):
            client.embed([f"text {number}"], VIEWS)
    assert notes.aside == 0, "what never answered is not missed"


def test_every_address_of_a_name_is_a_replica(notes: ReplicaNotes) -> None:
    """Those of a DNS name too; an address of it where nobody listens costs no request."""
    with serve() as only:
        client = EmbedderClient(f"localhost:{only.rpartition(':')[2]}", observer=notes)
        try:
            for number in range(10):
                client.embed([f"text {number}"], VIEWS)
        finally:
            client.close()
    unknown = EmbedderClient("name.invalid:1", observer=notes)
    try:
        with pytest.raises(Unavailable):
            unknown.embed(["text"], VIEWS, timeout_s=0.2)
    finally:
        unknown.close()


def test_a_frozen_lone_embedder_fails_fast_and_is_found_again(notes: ReplicaNotes) -> None:
    """What waits ends long before its deadline, what comes later at once, with a time to return."""
    with process() as only, client_of(notes, only.target) as client:
        client.embed(["first"], VIEWS)
        with ThreadPoolExecutor(4) as threads:
            only.popen.send_signal(signal.SIGSTOP)
            waiting = [
                threads.submit(client.embed, [f"w{n}"], VIEWS, timeout_s=4 * WAIT_S)
                for n in range(4)
            ]
            assert all(isinstance(w.exception(WAIT_S), Unavailable) for w in waiting)
            assert notes.reasons == ["silent"]
            with pytest.raises(Unavailable) as caught:
                client.embed(["later"], VIEWS, timeout_s=4 * WAIT_S)
            assert (caught.value.retry_after_s or 0) > 0
            with pytest.raises(Unavailable):
                client.info(timeout_s=4 * WAIT_S)
            only.popen.send_signal(signal.SIGCONT)
            notes.await_serving(1)
            client.embed(["again"], VIEWS)


@pytest.mark.usefixtures("no_silence")
def test_a_full_replica_gives_way_to_another_and_two_full_ones_are_an_overload(
    notes: ReplicaNotes,
) -> None:
    """Each is asked once, then the caller learns when to come back; nothing is asked blindly."""
    full = Settings(port=0, metrics_port=0, max_queue_size=1)
    encoders = [FakeEncoder(), FakeEncoder()]
    with ExitStack() as stack:
        targets = [stack.enter_context(serve(encoder, full)) for encoder in encoders]
        client = stack.enter_context(client_of(notes, *targets))
        threads = stack.enter_context(ThreadPoolExecutor(8))
        for encoder, target in zip(encoders, targets, strict=True):
            stack.callback(encoder.gate.set)
            encoder.gate.clear()
            fill(threads, encoder, stack.enter_context(client_of(ReplicaNotes(), target)))
        with pytest.raises(Overloaded) as caught:
            client.embed(["one more"], VIEWS)
    assert caught.value.retry_after_s is not None
    assert notes.repeats == ["overloaded"]
    assert notes.reasons == []


@pytest.mark.usefixtures("no_silence")
def test_time_outs_are_repeated_within_a_budget(notes: ReplicaNotes) -> None:
    """Where nobody can answer in time, most requests are sent once: overload is not doubled.

    The first ten spend the budget before the others' half is over: threads race for what is left.
    """
    times_s = [2.5] * 10 + [4.0] * 50
    encoders = [FakeEncoder(), FakeEncoder()]
    with ExitStack() as stack:
        targets = [stack.enter_context(serve(encoder)) for encoder in encoders]
        client = stack.enter_context(client_of(notes, *targets))
        for encoder in encoders:
            encoder.gate.clear()
        with ThreadPoolExecutor(60) as threads:
            calls = [
                threads.submit(client.embed, [f"{n}"], VIEWS, timeout_s=timeout_s)
                for n, timeout_s in enumerate(times_s)
            ]
            errors = [call.exception(WAIT_S) for call in calls]
        for encoder in encoders:
            encoder.gate.set()
    assert {type(error) for error in errors} <= {DeadlineExceeded, Unavailable}
    assert len(notes.repeats) <= 10 + 60 * 0.1
