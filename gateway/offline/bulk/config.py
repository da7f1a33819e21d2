"""Sets what Ray and numerical libraries read from the environment, in this process and actors."""

import os
from collections.abc import Mapping, MutableMapping
from types import MappingProxyType

ACTOR_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
)
"""Of each actor: several on one machine only fight over the cores otherwise."""
_DRIVER_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DATA_DISABLE_PROGRESS_BARS": "1"}


def prepare_ray(environ: MutableMapping[str, str] = os.environ) -> None:
    """Keep a cluster that is started here from reporting home; call before `ray` is imported.

    What the operator has set stays.
    """
    for name, value in (*_DRIVER_ENVIRONMENT.items(), *ACTOR_ENVIRONMENT.items()):
        environ.setdefault(name, value)
