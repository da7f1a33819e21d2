"""The WSGI application of one gunicorn worker, made in that worker from its settings."""

from functools import partial

from flask import Flask

from embedder.client import EmbedderClient
from gateway import metrics
from gateway.app import Gateway, OtherEncoder
from gateway.auth.keyring import open_keyring
from gateway.config import LOCAL, Settings, load_settings
from gateway.parallel import Parallel
from gateway.pools.circuit_breaker import CircuitBreaker
from gateway.pools.coalescing import CoalescingPool
from gateway.pools.fanout import FanoutPool
from gateway.pools.paired import PairedPool
from gateway.pools.replica_metrics import ReplicaMetrics
from gateway.prediction_log.opening import open_recorder
from gateway.prediction_log.statistics.reader import open_statistics
from gateway.rollout.demotion import Demote, from_catalog, from_services
from gateway.routing.languages import read_model
from gateway.routing.risks import read_risks
from gateway.routing.router import LanguageRouter
from gateway.targets import addresses_by_name
from heads.pools.local import LocalPool
from heads.pools.remote import RemotePool
from heads.prediction import Pool
from heads.registry.registry import Registry
from heads.registry.snapshot import Snapshot
from trunkline.logs import configure_logging
from trunkline.serving.sharing import Place

_MULTILINGUAL = "multilingual"
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
    pool, other = _pool(settings, len(embedders)), None
    if settings.multilingual_heads:
        pool = paired = PairedPool(pool, _multilingual_pool(settings))
        router = LanguageRouter(read_model(), read_risks(settings.language_risks))
        other = OtherEncoder(router, paired, _multilingual_demote(settings))
    keyring = open_keyring(settings)
    _current = Gateway(
        settings,
        embedders,
        pool,
        _demote(settings),
        keyring,
        open_recorder(settings),
        open_statistics(settings),
        other,
    )
    return _current.app


def join(place: Place) -> None:
    """Warm this process's application before it takes connections, one of several workers."""
    if _current is not None:
        _current.join(place)


def close() -> None:
    """Close this process's application, if it was made."""
    if _current is not None:
        _current.close()


def _pool(settings: Settings, encoders: int) -> Pool:
    if settings.heads == LOCAL:
        return LocalPool(Registry(settings.catalog, on_swap=_record_local))
    pools = {name: _remote(name, url) for name, url in addresses_by_name(settings.heads).items()}
    if len(pools) == 1:
        return next(iter(pools.values()))
    # A request may ask the pools about each encoder's vectors at the same time.
    return FanoutPool(pools, Parallel(settings.threads * encoders * (len(pools) - 1)))


def _multilingual_pool(settings: Settings) -> Pool:
    if settings.multilingual_heads == LOCAL:
        on_swap = partial(_record_local, name=_MULTILINGUAL)
        return LocalPool(Registry(settings.multilingual_catalog, on_swap=on_swap))
    return _remote(_MULTILINGUAL, settings.multilingual_heads)


def _remote(name: str, url: str) -> Pool:
    remote = RemotePool(
        url,
        name=name,
        observer=ReplicaMetrics(name),
        on_change=partial(metrics.record_head_set, name),
    )
    return CoalescingPool(CircuitBreaker(name, remote))


def _record_local(snapshot: Snapshot, _took_s: float, name: str = LOCAL) -> None:
    metrics.record_head_set(name, snapshot.head_set.generation)


def _demote(settings: Settings) -> Demote:
    return _demote_at(settings.heads, settings.catalog, settings)


def _multilingual_demote(settings: Settings) -> Demote:
    return _demote_at(settings.multilingual_heads, settings.multilingual_catalog, settings)


def _demote_at(addresses: str, catalog: str, settings: Settings) -> Demote:
    if addresses == LOCAL:
        return from_catalog(catalog)
    token = settings.heads_token
    secret = "" if token is None else token.get_secret_value()
    return from_services(addresses_by_name(addresses).values(), secret)
