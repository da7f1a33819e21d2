"""Laws of steps that lose a race: tried again as long as what was decided on holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from heads.errors import ConflictError
from heads.lifecycle import aliases
from heads.lifecycle.aliases import Aliases
from heads.lifecycle.promotion import Author, demote, promote, rollback
from heads.lifecycle.retrying import TURNS, demoting, retried, rolling_back
from heads.storage.folder import FolderCatalog
from tests.support.bundles import make_bundle

ANN, BOB = Author("ann"), Author("bob")


@pytest.fixture
def catalog(tmp_path: Path) -> FolderCatalog:
    """Write three versions of `intent`: 1 was in production, 2 is, 3 has no role."""
    for version in ("1", "2", "3"):
        make_bundle(tmp_path, seed=int(version), version=version)
    made = FolderCatalog(tmp_path)
    promote(made, "intent", "1", "production", ANN)
    promote(made, "intent", "2", "production", ANN)
    return made


def race(
    catalog: FolderCatalog,
    step: Callable[..., Aliases],
    still_holds: Callable[[Aliases], bool],
    *others: Callable[[], object],
) -> tuple[Aliases, list[float]]:
    """Take a step that others come before, one at each try; return the roles and the waits."""
    waits: list[float] = []
    coming = list(others)

    def attempt(generation: int) -> Aliases:
        if coming:
            coming.pop(0)()
        return step(generation=generation)

    first = aliases.read(catalog, "intent")[0]
    roles = retried(catalog, "intent", attempt, still_holds, first.generation, sleep=waits.append)
    return roles, waits


def test_a_rollback_that_met_another_change_is_tried_again(catalog: FolderCatalog) -> None:
    """A shadow that came between does not matter to it."""
    first = aliases.read(catalog, "intent")[0]
    shadow = partial(promote, catalog, "intent", "3", "shadow", BOB)
    step = partial(rollback, catalog, "intent", ANN)
    roles, waits = race(catalog, step, rolling_back(first), shadow)
    assert (roles.production, roles.shadow, len(waits)) == ("1", "3", 1)


def test_two_rollbacks_at_once_undo_one_change(catalog: FolderCatalog) -> None:
    """The one that comes second finds nothing left of what it was to undo."""
    promote(catalog, "intent", "3", "production", ANN)
    first = aliases.read(catalog, "intent")[0]
    step = partial(rollback, catalog, "intent", ANN)
    with pytest.raises(ConflictError):
        race(catalog, step, rolling_back(first), partial(rollback, catalog, "intent", BOB))
    assert aliases.read(catalog, "intent")[0].production == "2"


def test_a_role_is_not_taken_from_a_version_that_got_it_meanwhile(catalog: FolderCatalog) -> None:
    """Who meant one shadow does not end another."""
    promote(catalog, "intent", "3", "shadow", ANN)
    first = aliases.read(catalog, "intent")[0]
    other = partial(promote, catalog, "intent", "1", "shadow", BOB)
    step = partial(demote, catalog, "intent", "shadow", ANN)
    with pytest.raises(ConflictError):
        race(catalog, step, demoting(first, "shadow"), other)
    assert aliases.read(catalog, "intent")[0].shadow == "1"


def test_tries_are_bounded_and_their_waits_grow(catalog: FolderCatalog) -> None:
    """Others who keep coming first are not waited for without end."""
    first = aliases.read(catalog, "intent")[0]
    shadow = partial(promote, catalog, "intent", "3", "shadow", BOB)
    step = partial(rollback, catalog, "intent", ANN)
    waits: list[float] = []
    with pytest.raises(ConflictError):
        retried(
            catalog,
            "intent",
            lambda generation: (shadow(), step(generation=generation))[1],
            rolling_back(first),
            first.generation,
            sleep=waits.append,
        )
    assert len(waits) == TURNS - 1
    assert all(0 <= wait <= min(0.01 * 2**turn, 0.5) for turn, wait in enumerate(waits))
