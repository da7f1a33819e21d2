"""Make the shared cache that the settings name."""

from __future__ import annotations

from embedder.config import Settings
from embedder.metrics import Metrics
from embedder.shared_cache.sealing import Sealer
from embedder.shared_cache.store import Bounds, SharedCache
from trunkline.redis_address import parse_address


def open_shared_cache(settings: Settings, dim: int, metrics: Metrics) -> SharedCache | None:
    """Return the cache, not connected yet, or None where the settings name none."""
    url, secret, ttl_s = settings.cache_url, settings.cache_secret, settings.cache_ttl_s
    if url is None or secret is None or ttl_s is None:
        return None
    address = parse_address(url.get_secret_value())
    sealer = Sealer(secret.get_secret_value().encode(), dim)
    return SharedCache(address, sealer, Bounds(ttl_s, settings.cache_timeout_ms / 1000), metrics)
