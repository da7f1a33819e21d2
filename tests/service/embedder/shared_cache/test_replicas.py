"""Replicas of one encoder that share a real Valkey server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from pydantic import SecretStr

from embedder.client import EmbedderClient
from embedder.config import Settings
from embedder.errors import Unavailable
from embedder.server.server import EmbedderServer
from embedder.shared_cache import store
from embedder.shared_cache.sealing import NAME_PREFIX
from embedder.testing.encoder import FakeEncoder
from embedder.testing.server import serve_server
from loadtests.stack.valkey import ValkeyServer, valkey
from tests.support.waiting import WAIT_S, until

pytestmark = pytest.mark.service

PATIENT_MS = 10_000.0
VIEWS = ["mean@1"]


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    """Start an empty server."""
    with valkey() as started:
        yield started


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a replica's first connection succeed, however busy the machine: it starts with it."""
    monkeypatch.setattr(store, "_CONNECT_S", WAIT_S)


def settings(url: str, timeout_ms: float = PATIENT_MS, ttl_s: int = 600) -> Settings:
    """Return settings of a replica that shares the cache at `url`."""
    return Settings(
        port=0,
        metrics_port=0,
        cache_url=SecretStr(url),
        cache_secret=SecretStr("s" * 32),
        cache_ttl_s=ttl_s,
        cache_timeout_ms=timeout_ms,
    )


@contextmanager
def replica(chosen: Settings) -> Iterator[tuple[FakeEncoder, EmbedderServer, EmbedderClient]]:
    """Run a replica with an encoder of its own, and a client of it."""
    encoder = FakeEncoder()
    with serve_server(encoder, chosen) as running:
        client = EmbedderClient(f"127.0.0.1:{running.port}", default_timeout_s=WAIT_S)
        try:
            yield encoder, running, client
        finally:
            client.close()


def sample(server: EmbedderServer, name: str, **labels: str) -> float:
    """Return the value of one metric."""
    value = server._registry.get_sample_value(name, labels)
    assert value is not None
    return value


def test_a_text_that_one_replica_embedded_costs_another_no_forward(server: ValkeyServer) -> None:
    """The second replica answers a hit, with the same vector but for rounding, and counts it so."""
    chosen = settings(server.url)
    with replica(chosen) as (_, first, one), replica(chosen) as (encoder, second, two):
        written = one.embed(["Sounds good"], VIEWS).items[0]
        until(lambda: server.keys() == 1)
        forwards = len(encoder.batches)
        read = two.embed(["Sounds good"], VIEWS).items[0]
        again = two.embed(["Sounds good"], VIEWS).items[0]
        assert len(encoder.batches) == forwards
        assert (written.cache, read.cache, again.cache) == ("miss", "hit", "hit")
        assert (read.tokens, read.tokens_total) == (written.tokens, written.tokens_total)
        np.testing.assert_allclose(read.vectors["mean@1"], written.vectors["mean@1"], rtol=2**-11)
        assert sample(second, "embedder_shared_cache_lookups_total", result="hit") == 1
        assert sample(second, "embedder_cache_misses_total") == 0
        assert sample(first, "embedder_shared_cache_lookups_total", result="miss") == 1
        stored = "embedder_shared_cache_writes_total"
        until(lambda: sample(first, stored, result="stored") == 1)


def test_a_text_that_is_to_be_forgotten_is_gone_from_every_place(server: ValkeyServer) -> None:
    """`Forget` at one replica empties its cache and the shared one; while that is away it fails."""
    chosen = settings(server.url)
    with replica(chosen) as (_, running, client), replica(chosen) as (_, _, other):
        key = client.embed(["Sounds good"], VIEWS).items[0].cache_key
        until(lambda: server.keys() == 1)
        client.forget([key], timeout_s=WAIT_S)
        assert server.keys() == 0
        assert other.embed(["Sounds good"], VIEWS).items[0].cache == "miss"
        server.kill()
        until(lambda: sample(running, "embedder_shared_cache_connected_state") == 0)
        with pytest.raises(Unavailable):
            client.forget([key], timeout_s=WAIT_S)


def test_views_are_merged_in_both_caches(server: ValkeyServer) -> None:
    """A replica that lacks a view computes it once, and the entry then holds both."""
    chosen = settings(server.url)
    with replica(chosen) as (_, first, one), replica(chosen) as (_, second, two):
        one.embed(["Sounds good"], ["mean@1"])
        stored = "embedder_shared_cache_writes_total"
        until(lambda: sample(first, stored, result="stored") == 1)
        assert two.embed(["Sounds good"], ["cls@2"]).items[0].cache == "miss"
        with replica(chosen) as (encoder, _, three):
            until(lambda: sample(second, stored, result="stored") == 1)
            forwards = len(encoder.batches)
            assert three.embed(["Sounds good"], ["cls@2", "mean@1"]).items[0].cache == "hit"
            assert len(encoder.batches) == forwards


def test_nothing_that_names_a_text_or_lives_for_ever_is_in_the_server(server: ValkeyServer) -> None:
    """Keys are digests with a bound on their life; no word of the text is in key or value."""
    with replica(settings(server.url, ttl_s=77)) as (_, _, client):
        client.embed(["unmistakable"], VIEWS)
        until(lambda: server.keys() == 1)
        name = _only_name(server)
        assert name.startswith(NAME_PREFIX.decode())
        assert 0 < int(server.ask("TTL", name)[1:]) <= 77
        assert b"unmistakable" not in server.ask("GET", name) + name.encode("latin-1")


@pytest.mark.parametrize("broken", ["paused", "killed", "full", "damaged"])
def test_a_broken_server_costs_hits_and_nothing_else(broken: str) -> None:
    """Under load from four callers every answer is right, whatever becomes of the server."""
    with valkey("--maxmemory", "3mb") as server:
        silent = broken in ("paused", "killed")
        chosen = settings(server.url, timeout_ms=20.0 if silent else PATIENT_MS)
        with replica(chosen) as (_, running, client):
            load = Load(client)
            load.reached(20)
            if broken == "paused":
                server.pause()
            elif broken == "killed":
                server.kill()
            elif broken == "full":
                server.ask("CONFIG", "SET", "maxmemory", "1")
            else:
                server.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
                server.damage_all()
            load.reached(200)
            load.stop()
            assert load.wrong == []
            if broken == "full":
                written = "embedder_shared_cache_writes_total"
                until(lambda: sample(running, written, result="failed"))
            if silent:
                until(lambda: sample(running, "embedder_shared_cache_connected_state") == 0)
            server.resume()


def test_a_server_that_comes_back_is_used_again(server: ValkeyServer) -> None:
    """The connection is made again in the background, without a call that waits for it."""
    with replica(settings(server.url)) as (_, running, client):
        state = "embedder_shared_cache_connected_state"
        until(lambda: sample(running, state) == 1)
        server.kill()
        until(lambda: sample(running, state) == 0)
        assert client.embed(["while it was away"], VIEWS).items[0].error is None
        server.start()
        until(lambda: sample(running, state) == 1)
        client.embed(["after it came back"], VIEWS)
        until(lambda: server.keys() == 1)


def test_a_replica_starts_without_its_server() -> None:
    """An embedder whose shared cache is away, or refuses it, serves from its first moment."""
    with valkey("--requirepass", "hunter2") as locked:
        wrong = locked.url.replace("redis://", "redis://:wrong@")
        for url in ("redis://127.0.0.1:1/0", locked.url, wrong):
            with replica(settings(url)) as (_, running, client):
                assert client.embed(["Sounds good"], VIEWS).items[0].error is None
                assert sample(running, "embedder_shared_cache_connected_state") == 0
        right = locked.url.replace("redis://", "redis://:hunter2@")
        with replica(settings(right)) as (_, running, _):
            assert sample(running, "embedder_shared_cache_connected_state") == 1


class Load:
    """Four callers that send new and repeated texts, and compare each answer with the truth."""

    def __init__(self, client: EmbedderClient) -> None:
        self.wrong: list[str] = []
        self._client = client
        self._answered = 0
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._truth: dict[str, bytes] = {}
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(4)]
        for thread in self._threads:
            thread.start()

    def reached(self, count: int) -> None:
        """Wait until so many more calls have been answered."""
        goal = self._answered + count
        until(lambda: self._answered >= goal or self.wrong)

    def stop(self) -> None:
        """End the callers."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, caller: int) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            text = f"text {caller} {number % 50 if number % 3 else number}"
            self._check(text)

    def _check(self, text: str) -> None:
        try:
            (item,) = self._client.embed([text], VIEWS).items
            vector = item.vectors["mean@1"]
        except Exception as error:
            self.wrong.append(f"{text}: {type(error).__name__}")
            return
        with self._lock:
            truth = self._truth.setdefault(text, vector.tobytes())
            self._answered += 1
        if not np.allclose(np.frombuffer(truth, "<f4"), vector, rtol=2**-9, atol=1e-6):
            self.wrong.append(text)


def _only_name(server: ValkeyServer) -> str:
    *_, name, _ = server.ask("KEYS", "*").split(b"\r\n")
    return name.decode("latin-1")
