"""The shared cache against a real Valkey server: bounds, erasure, encryption."""

from __future__ import annotations

import asyncio
import re
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from embedder.batching.cache import CachedText
from embedder.errors import Unavailable
from embedder.metrics import Metrics
from embedder.shared_cache.sealing import Sealer
from embedder.shared_cache.store import Bounds, SharedCache
from loadtests.stack.valkey import ValkeyServer, valkey
from tests.support.waiting import WAIT_S
from trunkline.aws_sign_in import NoRoleError
from trunkline.redis_address import parse_address

pytestmark = pytest.mark.service

DIM = 384
PATIENT = Bounds(ttl_s=600, timeout_s=WAIT_S, forget_s=WAIT_S)
KEYS = [bytes([number]) * 16 for number in range(5)]
TEXT = CachedText({"mean@6": np.ones(DIM, "<f4").tobytes()}, 3, 3, False)


@asynccontextmanager
async def connected(
    url: str,
    bounds: Bounds = PATIENT,
    password: Callable[[], str] | None = None,
    *,
    trusted: bool = True,
) -> AsyncIterator[SharedCache]:
    """Open the cache at `url` on this event loop; wait until it is connected, where it will be."""
    sealer, metrics = Sealer(b"s" * 32, DIM), Metrics(CollectorRegistry())
    cache = SharedCache(parse_address(url), sealer, bounds, metrics, password)
    await cache.start()
    try:
        if trusted:
            await asyncio.wait_for(_until(lambda: cache.connected), WAIT_S)
        yield cache
    finally:
        cache.close()


async def held(cache: SharedCache, keys: Sequence[bytes] = KEYS) -> list[bool]:
    """Tell which keys the cache has."""
    answer: asyncio.Future[Sequence[CachedText | None]] = asyncio.Future()
    cache.look_up(keys, answer.set_result)
    return [text is not None for text in await answer]


def run(server: ValkeyServer, steps: Callable[[SharedCache], Awaitable[None]]) -> None:
    """Run steps with a cache at a server."""

    async def whole() -> None:
        async with connected(server.url) as cache:
            await steps(cache)

    asyncio.run(whole())


def test_the_keys_that_are_to_be_forgotten_are_gone_and_no_others() -> None:
    """When `forget` returns, no replica finds the text again; forgetting twice is no error."""

    async def steps(cache: SharedCache) -> None:
        for key in KEYS:
            cache.store(key, TEXT)
        await cache.forget(KEYS[:2])
        assert await held(cache) == [False, False, True, True, True]
        await cache.forget(KEYS[:2])

    with valkey() as server:
        run(server, steps)
        assert server.keys() == 3


def test_forgetting_everything_leaves_what_is_not_ours() -> None:
    """More entries than one scan returns all go, those of other encoders among them."""

    async def steps(cache: SharedCache) -> None:
        keys = [number.to_bytes(16, "big") for number in range(3000)]
        for key in keys:
            cache.store(key, TEXT)
        assert await held(cache, keys[-1:]) == [True]
        await cache.forget(None)
        assert not any(await held(cache, keys))

    with valkey() as server:
        server.ask("SET", "somebody:else", "1")
        run(server, steps)
        assert server.keys() == 1


def test_an_erasure_that_the_server_did_not_confirm_is_an_error() -> None:
    """Whoever asks for an erasure learns that it is still to be done: away, frozen, read-only."""

    async def steps(server: ValkeyServer) -> None:
        bounds = Bounds(600, WAIT_S, forget_s=0.2)
        async with connected(server.url, bounds) as cache:
            server.pause()
            with pytest.raises(Unavailable):
                await cache.forget(KEYS)
            server.resume()
            server.ask("REPLICAOF", "127.0.0.1", "1")
            with pytest.raises(Unavailable):
                await cache.forget(KEYS)
            server.kill()
            await asyncio.wait_for(_until(lambda: not cache.connected), WAIT_S)
            with pytest.raises(Unavailable):
                await cache.forget(None)

    with valkey() as server:
        asyncio.run(steps(server))


def test_a_frozen_server_is_asked_three_times_and_then_no_more() -> None:
    """Look-ups end without an answer, and after the third at once, before `look_up` returns."""

    async def steps(server: ValkeyServer) -> None:
        async with connected(server.url) as patient:
            patient.store(KEYS[0], TEXT)
            assert await held(patient, KEYS[:1]) == [True]
        async with connected(server.url, Bounds(600, timeout_s=1.0)) as cache:
            server.pause()
            for _ in range(3):
                assert await held(cache, KEYS[:1]) == [False]
            found: list[Sequence[CachedText | None]] = []
            cache.look_up(KEYS[:1], found.append)
            assert found == [[None]]

    with valkey() as server:
        asyncio.run(steps(server))


def test_tls_is_spoken_and_the_certificate_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """rediss:// works with a trusted certificate of the host's name, and with no other."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def steps(server: ValkeyServer) -> None:
        async with _tls_front(server.port, context) as port:
            url = f"rediss://localhost:{port}"
            async with connected(url, trusted=False) as cache:
                assert not cache.connected
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            async with connected(url) as cache:
                cache.store(KEYS[0], TEXT)
                assert await held(cache, KEYS[:2]) == [True, False]
            named = url.replace("localhost", "127.0.0.1")
            async with connected(named, trusted=False) as cache:
                assert not cache.connected

    with valkey() as server:
        asyncio.run(steps(server))


def test_closing_ends_a_connection_that_is_still_being_tried() -> None:
    """Closed between the server's first answer and its next, the cache leaves no socket open."""

    async def steps() -> None:
        tried, ended = asyncio.Event(), asyncio.Event()

        async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"PING\r\n")
            writer.write(b"+PONG\r\n")
            await reader.readuntil(b"PING\r\n")
            tried.set()
            with suppress(ConnectionResetError):
                await reader.read()
            writer.close()
            ended.set()

        async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as front:
            address = parse_address(f"redis://127.0.0.1:{front.sockets[0].getsockname()[1]}")
            metrics = Metrics(CollectorRegistry())
            cache = SharedCache(address, Sealer(b"s" * 32, DIM), PATIENT, metrics)
            starting = asyncio.create_task(cache.start())
            await asyncio.wait_for(tried.wait(), WAIT_S)
            cache.close()
            await asyncio.wait_for(ended.wait(), WAIT_S)
            starting.cancel()

    asyncio.run(steps())


@asynccontextmanager
async def _tls_front(target: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Speak TLS on a free port of loopback, and pass all on to the port `target`."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
        except OSError:
            pass
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    front = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with front:
        yield front.sockets[0].getsockname()[1]


async def _until(holds: Callable[[], bool]) -> None:
    while not holds():
        await asyncio.sleep(0.01)


def test_a_user_enters_with_the_password_of_the_moment_and_may_do_no_more_than_is_needed() -> None:
    """As Terraform makes it on ElastiCache: tokens change, and the rights are enough and few."""
    cache_tf = Path(__file__).resolve().parents[4] / "terraform" / "modules" / "data" / "cache.tf"
    (rights,) = re.findall(r'^  access_string = "(.*)"$', cache_tf.read_text(), re.MULTILINE)
    with valkey() as server:
        passwords = iter(["first", "second"])

        async def steps() -> None:
            url = server.url.replace("redis://", "redis://embedder@")
            for password in ("first", "second"):
                server.ask("ACL", "SETUSER", "embedder", "reset", *rights.split(), f">{password}")
                async with connected(url, password=lambda: next(passwords)) as cache:
                    assert cache.connected
                    for key in KEYS:
                        cache.store(key, TEXT)
                    assert await held(cache) == [True] * len(KEYS)
                    await cache.forget(KEYS[:1])
                    assert await held(cache) == [False] + [True] * (len(KEYS) - 1)
                    await cache.forget(None)
                    assert server.keys() == 0

        asyncio.run(steps())
        for command in (("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("GET", "other")):
            refused = server.ask("ACL", "DRYRUN", "embedder", *command)
            assert b"no permissions" in refused, command


def test_a_role_that_cannot_be_had_costs_hits_alone() -> None:
    """Whoever holds the role does not answer: the embedder starts, and tries again."""

    def refuse() -> str:
        raise NoRoleError("there is no role")

    async def steps() -> None:
        async with connected(server.url, password=refuse, trusted=False) as cache:
            assert not cache.connected
            assert await held(cache) == [False] * len(KEYS)

    with valkey() as server:
        asyncio.run(steps())
