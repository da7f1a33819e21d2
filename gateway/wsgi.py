"""The WSGI application of one gunicorn worker, made in that worker from its settings."""

from collections.abc import Iterable
from functools import partial

from flask import Flask
from prometheus_client import REGISTRY, Metric

from embedder.client import EmbedderClient
from gateway import metrics
from gateway.app import Gateway
from gateway.auth.keyring import open_keyring
from gateway.config import LOCAL, Settings, addresses_by_name, load_settings, shares_metrics
from gateway.inference import head_counts
from gateway.parallel import Parallel
from gateway.pools.circuit_breaker import CircuitBreaker
from gateway.pools.coalescing import CoalescingPool
from gateway.pools.fanout import FanoutPool
from gateway.pools.replica_metrics import ReplicaMetrics
from gateway.rollout.demotion import Demote, from_catalog, from_services
from heads.pools.local import LocalPool
from heads.pools.remote import RemotePool
from heads.prediction import Pool
from heads.registry.registry import Registry
from heads.registry.snapshot import Snapshot
from trunkline.exposition import whole_registry
from trunkline.logs import configure_logging
from trunkline.otlp.metrics_export import MetricsExport
from trunkline.otlp.opening import open_metrics_export, open_tracer

_current: Gateway | None = None
_export: MetricsExport | None = None


def application() -> Flask:
    """Return this process's application; gunicorn calls it once in each worker."""
    global _current, _export
    settings = load_settings()
    configure_logging("gateway", settings.log_level, settings.log_format)
    embedders = {
        name: EmbedderClient(target, name=name, observer=ReplicaMetrics(name))
        for name, target in settings.embedder_targets().items()
    }
    pool = _pool(settings, len(embedders))
    keyring = open_keyring(settings)
    tracer = open_tracer("gateway", settings, metrics.record_spans, settings.otlp_trace_share)
    _current = Gateway(settings, embedders, pool, _demote(settings), keyring, tracer)
    _export = open_metrics_export("gateway", settings, _families, shared=shares_metrics())
    if _export is not None:
        _export.start()
    return _current.app


def close() -> None:
    """Close this process's application, if it was made; its last figures are sent."""
    if _current is not None:
        _current.close()
    if _export is not None:
        _export.close()


def _families() -> Iterable[Metric]:
    head_counts.flush()
    return whole_registry(REGISTRY, shared=shares_metrics()).collect()


def _pool(settings: Settings, encoders: int) -> Pool:
    if settings.heads == LOCAL:
        return LocalPool(Registry(settings.catalog, on_swap=_record_local))
    pools = {
        name: CoalescingPool(CircuitBreaker(name, _remote_pool(name, url)))
        for name, url in addresses_by_name(settings.heads).items()
    }
    if len(pools) == 1:
        return next(iter(pools.values()))
    # A request may ask the pools about each encoder's vectors at the same time.
    return FanoutPool(pools, Parallel(settings.threads * encoders * (len(pools) - 1)))


def _remote_pool(name: str, url: str) -> RemotePool:
    return RemotePool(
        url,
        name=name,
        observer=ReplicaMetrics(name),
        on_change=partial(metrics.record_head_set, name),
    )


def _record_local(snapshot: Snapshot, _took_s: float) -> None:
    metrics.record_head_set(LOCAL, snapshot.head_set.generation)


def _demote(settings: Settings) -> Demote:
    if settings.heads == LOCAL:
        return from_catalog(settings.catalog)
    token = settings.heads_token
    secret = "" if token is None else token.get_secret_value()
    return from_services(addresses_by_name(settings.heads).values(), secret)
