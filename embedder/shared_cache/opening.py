"""Make the shared cache that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from embedder.config import Settings, task_role
from embedder.metrics import Metrics
from embedder.shared_cache.sealing import Sealer
from embedder.shared_cache.store import Bounds, SharedCache
from trunkline.aws_sign_in import cache_token
from trunkline.redis_address import Address, parse_address


def open_shared_cache(settings: Settings, dim: int, metrics: Metrics) -> SharedCache | None:
    """Return the cache, not connected yet, or None where the settings name none."""
    url, secret, ttl_s = settings.cache_url, settings.cache_secret, settings.cache_ttl_s
    if url is None or secret is None or ttl_s is None:
        return None
    address = parse_address(url.get_secret_value())
    sealer = Sealer(secret.get_secret_value().encode(), dim)
    bounds = Bounds(ttl_s, settings.cache_timeout_ms / 1000)
    return SharedCache(address, sealer, bounds, metrics, _password(settings.cache_iam, address))


def _password(iam: str, address: Address) -> Callable[[], str] | None:
    """Return what makes a connection's password of the task's role; None for the URL's own."""
    region, _, name = iam.partition("/")
    if not name:
        return None
    role = task_role()
    return lambda: cache_token(name, address.user, region, role.credentials(), datetime.now(UTC))
