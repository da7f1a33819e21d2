"""Takes a step again that lost a race, as long as what it was decided on still holds."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from heads.errors import ConflictError
from heads.lifecycle import aliases
from heads.lifecycle.aliases import Aliases
from heads.storage.catalog import Catalog

TURNS = 10
_FIRST_WAIT_S = 0.01
_LONGEST_WAIT_S = 0.5


def retried(
    catalog: Catalog,
    name: str,
    step: Callable[[int], Aliases],
    still_holds: Callable[[Aliases], bool],
    generation: int,
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> Aliases:
    """Return the roles after `step`, which takes the generation of the aliases it may replace.

    After a ConflictError it waits a random while, longer each time, and tries again on what the
    others left, if that `still_holds`; the error is raised if not, and after TURNS tries.
    """
    for turn in range(TURNS):
        try:
            return step(generation)
        except ConflictError:
            if turn == TURNS - 1:
                raise
            longest_s = min(_FIRST_WAIT_S * 2**turn, _LONGEST_WAIT_S)
            sleep(random.uniform(0, longest_s))  # noqa: S311  # no secret
            now = aliases.read(catalog, name)[0]
            if not still_holds(now):
                raise
            generation = now.generation
    raise AssertionError("unreachable")


def demoting(first: Aliases, role: aliases.Role) -> Callable[[Aliases], bool]:
    """Return whether the version that was to lose the role still has it."""
    return lambda now: now.version(role) == first.version(role)


def rolling_back(first: Aliases) -> Callable[[Aliases], bool]:
    """Return whether the change that was to be undone is still the last one."""
    return lambda now: (now.answering, now.history) == (first.answering, first.history)
