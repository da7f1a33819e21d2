"""The composition root: settings and an encoder in, a running server out."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import grpc
import prometheus_client
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from embedder.batching.cache import EmbeddingCache
from embedder.batching.engine import Engine
from embedder.batching.queue import BatchLimits, Sizing
from embedder.batching.scheduler import Scheduler
from embedder.batching.tokenize import Tokenizing, check_budget
from embedder.checkpoint.folder import find_base
from embedder.client import MAX_MESSAGE_BYTES, SERVICE_NAME
from embedder.config import Settings, limit_native_threads
from embedder.encoder import Encoder, EncoderConfig, load_encoder, warm_up
from embedder.errors import EmbedderError, Unavailable
from embedder.metrics import Gauges, Metrics
from embedder.server.health import HealthLimits, Watchdog
from embedder.server.servicer import EmbedderServicer, RequestLimits, identity_message
from embedder.shared_cache.opening import open_shared_cache
from embedder.views import POOLINGS
from protos.embedder.v1 import embedder_pb2 as pb
from protos.embedder.v1 import embedder_pb2_grpc
from trunkline.logs import log_settings

log = structlog.get_logger()

WATCH_INTERVAL_S = 1.0


@dataclass(frozen=True)
class Loaded:
    """An encoder that is ready to serve, its tokenizer, and what its forwards cost."""

    encoder: Encoder
    tokenizer: Tokenizing
    sizing: Sizing


class EmbedderServer:
    """One encoder behind gRPC, health, reflection and a metrics port. Lives on one event loop."""

    def __init__(self, settings: Settings, loaded: Loaded) -> None:
        self.port = 0
        self.metrics_port = 0
        registry = prometheus_client.CollectorRegistry()
        prometheus_client.ProcessCollector(registry=registry)
        prometheus_client.PlatformCollector(registry=registry)
        prometheus_client.GCCollector(registry=registry)
        metrics = Metrics(registry)
        self.scheduler = Scheduler(
            loaded.encoder,
            loaded.tokenizer,
            loaded.sizing,
            _batch_limits(settings),
            EmbeddingCache(settings.cache_maxsize_bytes, settings.cache_max_age_s),
            metrics,
            settings.tokenizer_threads,
        )
        self.shared_cache = open_shared_cache(settings, loaded.encoder.dim, metrics)
        self.engine = Engine(self.scheduler, loaded.tokenizer, metrics, self.shared_cache)
        self.servicer = EmbedderServicer(
            self.engine,
            RequestLimits(settings.max_texts, settings.max_text_chars, settings.request_timeout_s),
            metrics,
            _static_info(settings, loaded.encoder),
        )
        self.watchdog = Watchdog(self.engine, _health_limits(settings), self._publish)
        self._settings = settings
        self._registry = registry
        self._health = health.aio.HealthServicer()
        self._grpc = grpc.aio.server(options=_server_options(settings))
        self._http: Any = None
        self._watching: asyncio.Task[None] | None = None
        metrics.watch(self._gauges)

    async def start(self) -> None:
        """Bind both ports, prove the encoder by a forward, and only then publish SERVING.

        Raises Unavailable when a port is taken or the forward fails.
        """
        settings = self._settings
        embedder_pb2_grpc.add_EmbedderServiceServicer_to_server(self.servicer, self._grpc)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        if settings.reflects:
            names = (SERVICE_NAME, health.SERVICE_NAME, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, self._grpc)
        await self._publish(False)
        address = f"{settings.host}:{settings.port}"
        try:
            self.port = self._grpc.add_insecure_port(address)
            self._http = prometheus_client.start_http_server(
                settings.metrics_port, settings.metrics_host, self._registry
            )
        except (RuntimeError, OSError) as error:
            raise Unavailable(f"cannot bind a port: {error}", code="port_taken") from error
        self.metrics_port = self._http[0].server_port
        await self._grpc.start()
        self.scheduler.workers.start()
        if self.shared_cache is not None:
            await self.shared_cache.start()
        await self.engine.probe(settings.probe_timeout_s)
        await self.watchdog.set_serving(True)
        self._watching = asyncio.create_task(self._watch())

    async def drain(self) -> None:
        """Publish NOT_SERVING, refuse new calls, finish accepted ones, within the time limit."""
        self.servicer.draining = True
        await self._health.enter_graceful_shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain_timeout_s):
                await self.servicer.idle()
        log.info("drained", unfinished=self.servicer.active)

    async def close(self) -> None:
        """Stop everything at once; calls still inside fail as unavailable."""
        self.servicer.draining = True  # what comes from now on could only hang
        if self._watching is not None:
            self._watching.cancel()
        await self._health.enter_graceful_shutdown()
        self.scheduler.close()
        if self.shared_cache is not None:
            self.shared_cache.close()
        # The grace lets answers just given leave; health watchers would wait for ever.
        await self._grpc.stop(grace=0.3)
        if self._http is not None:
            server, thread = self._http
            server.shutdown()
            server.server_close()
            thread.join()

    async def _watch(self) -> None:
        try:
            while True:
                await asyncio.sleep(WATCH_INTERVAL_S)
                await self.watchdog.check()
                self.scheduler.cache.expire()
        except Exception as error:
            # Without checks the published health would stay for ever what it was.
            log.exception("watchdog_failed")
            self.scheduler.lose(type(error).__name__)

    async def _publish(self, serving: bool) -> None:
        status = health_pb2.HealthCheckResponse
        state = status.SERVING if serving else status.NOT_SERVING
        for name in ("", SERVICE_NAME):
            await self._health.set(name, state)

    def _gauges(self) -> Gauges:
        return Gauges(
            queue_size=self.scheduler.queue.size,
            queue_oldest_age_s=self.scheduler.oldest_age_s(time.monotonic()),
            serving=self.watchdog.serving and not self.servicer.draining,
            forwards=self.scheduler.forwards,
            cache=self.scheduler.cache.info(),
        )


def serve(settings: Settings) -> int:
    """Load the encoder, serve until a signal, and return the process's exit code.

    0 after SIGTERM or SIGINT, 1 when the encoder is lost or the server cannot start.
    """
    limit_native_threads()
    # The `_created` metrics double the series to no use.
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    log_settings(settings)
    try:
        loaded = load(settings)
    except EmbedderError as error:
        log.error("start_failed", code=error.code, error=str(error))
        return 1
    # What has been loaded stays for ever: the garbage collector need not visit it again.
    gc.collect()
    gc.freeze()
    return asyncio.run(serve_loaded(settings, loaded))


def load(settings: Settings) -> Loaded:
    """Load the encoder that the settings name, and warm it up. Raises an `EmbedderError`."""
    frozen = settings.model == "frozen" and settings.model_dir is None
    loaded = load_encoder(
        EncoderConfig(
            model=find_base().folder if frozen else settings.model_dir,
            runtime=settings.runtime,
            precision=settings.precision,
            streams=settings.streams,
            max_tokens=settings.max_tokens,
            truncation=settings.truncation,
            cache_dir=settings.graph_dir,
        )
    )
    check_budget(loaded.tokenizer, loaded.encoder.max_tokens, settings.max_batch_tokens)
    warm_up(loaded.encoder)
    return Loaded(loaded.encoder, loaded.tokenizer, loaded.cost)


async def serve_loaded(settings: Settings, loaded: Loaded) -> int:
    """Serve until a signal or the loss of the encoder, and return the exit code."""
    server = EmbedderServer(settings, loaded)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        await server.start()
        log.info("ready", port=server.port, metrics_port=server.metrics_port)
        signals = [
            asyncio.create_task(stopping.wait()),
            asyncio.create_task(server.scheduler.lost_event.wait()),
        ]
        await asyncio.wait(signals, return_when=asyncio.FIRST_COMPLETED)
        for task in signals:
            task.cancel()
        if server.scheduler.lost is None:
            log.info("draining")
            await server.drain()
        return 0 if server.scheduler.lost is None else 1
    except EmbedderError as error:
        log.error("start_failed", code=error.code, error=str(error))
        return 1
    finally:
        await server.close()


def _static_info(settings: Settings, encoder: Encoder) -> pb.InfoResponse:
    return pb.InfoResponse(
        encoder=identity_message(encoder.identity),
        dim=encoder.dim,
        layers=encoder.layers,
        max_tokens=encoder.max_tokens,
        truncation=settings.truncation,
        max_texts=settings.max_texts,
        max_text_chars=settings.max_text_chars,
        max_queue_size=settings.max_queue_size,
        version=version("trunkline"),
        poolings=POOLINGS,
    )


def _batch_limits(settings: Settings) -> BatchLimits:
    return BatchLimits(
        max_batch_tokens=settings.max_batch_tokens,
        max_batch_size=settings.max_batch_size,
        max_queue_size=settings.max_queue_size,
        window=settings.batch_window_texts,
        max_age_s=settings.batch_max_age_ms / 1000,
    )


def _health_limits(settings: Settings) -> HealthLimits:
    return HealthLimits(
        probe_after_s=settings.probe_after_s,
        probe_timeout_s=settings.probe_timeout_s,
        max_queue_age_s=settings.max_queue_age_s,
        forward_timeout_s=settings.forward_timeout_s,
    )


def _server_options(settings: Settings) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.so_reuseport", 0),  # a second server on the port is a mistake, not a balancer
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        # Clients ping every 5 s, also between calls; below this the server would turn them away.
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 2_000),
        ("grpc.max_connection_age_ms", round(settings.max_connection_age_s * 1000)),
        ("grpc.max_connection_age_grace_ms", round(settings.max_connection_age_grace_s * 1000)),
    ]
