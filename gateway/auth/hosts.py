"""By which names a gateway without keys may be called: no page may reach it by a name of its own.

A page of another site can have its name resolve to this machine (DNS rebinding), and is then of
the same origin. An address in numbers cannot be taken over so, nor a
name without a point, which no public name server answers for.
"""

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from gateway.config import Settings
from gateway.targets import listed_names


def own_names(settings: Settings) -> frozenset[str]:
    """Return the names that an operator gave this gateway."""
    return frozenset((settings.host, *listed_names(settings.hosts)))


@lru_cache(maxsize=64)
def is_own_host(host: str, names: frozenset[str]) -> bool:
    """Return whether a `Host` header is an address, a local name, or one of the names."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    is_local = name.endswith(".localhost") or (name != "" and "." not in name)
    return is_local or name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
