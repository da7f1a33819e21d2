"""Read the environment: the part that started processes inherit, and the API key."""

import os

_SETTINGS = ("EMBEDDER_", "HEADS_", "GATEWAY_", "PROMETHEUS_")


def api_key() -> str:
    """Return the key for a deployment that asks for one (GATEWAY_API_KEY); empty without."""
    return os.environ.get("GATEWAY_API_KEY", "")


def authorization(key: str) -> dict[str, str]:
    """Return the header that carries an API key; none without one."""
    return {"Authorization": f"Bearer {key}"} if key else {}


def inherited_environment() -> dict[str, str]:
    """Return the environment without any service's settings, lest a run depend on them."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_SETTINGS)}
