"""The WSGI application of one gunicorn worker, made in that worker from its settings."""

from functools import partial

from flask import Flask

from embedder.client import EmbedderClient
from gateway import metrics
from gateway.app import Gateway
from gateway.auth.keyring import open_keyring
from gateway.config import LOCAL, Settings, addresses_by_name, load_settings
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
from trunkline.logs import configure_logging
from trunkline.otlp.opening import open_tracer

_current: Gateway | None = None


def application() -> Flask:
    """Return this process's application; gunicorn calls it once in each worker."""
    global _current
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
    return _current.app


def close() -> None:
    """Close this process's application, if it was made."""
    if _current is not None:
        _current.close()


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
