"""Sets what Ray and numerical libraries read from the environment, in this process and actors."""

import os
from collections.abc import Callable, Mapping, MutableMapping
from types import MappingProxyType

import structlog

ACTOR_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
)
"""Of each actor: several on one machine only fight over the cores otherwise."""
STARTS = 4
"""Times that a cluster of this machine is started before its failure is believed."""
_TOO_SLOW = "timed out during startup"
"""What Ray says where its node was not up after 30 s, which no setting of Ray's changes."""
_DRIVER_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}


def prepare_ray(environ: MutableMapping[str, str] = os.environ) -> None:
    """Keep a cluster that is started here from reporting home; call before `ray` is imported.

    What the operator has set stays.
    """
    for name, value in (*_DRIVER_ENVIRONMENT.items(), *ACTOR_ENVIRONMENT.items()):
        environ.setdefault(name, value)


def start_ray(init: Callable[[], object]) -> None:
    """Call `init`, which starts or joins a cluster, again while this machine is too busy for it.

    What else `init` raises, and the last time-out, are raised as they are.
    """
    for left in reversed(range(STARTS)):
        try:
            init()
        except Exception as error:
            if not left or _TOO_SLOW not in str(error):
                raise
            structlog.get_logger().warning("ray_started_too_slowly", tries_left=left)
        else:
            return
