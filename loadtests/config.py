"""What the processes started here inherit from the environment: all but the services' settings."""

import os

_SETTINGS = ("EMBEDDER_", "HEADS_", "GATEWAY_", "PROMETHEUS_")


def inherited_environment() -> dict[str, str]:
    """The environment without any service's settings, so that a run does not depend on them."""
    return {k: v for k, v in os.environ.items() if not k.startswith(_SETTINGS)}
