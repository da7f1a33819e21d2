"""Changes of heads during a load run."""

from pathlib import Path
from typing import Any

import pytest

from heads.errors import ConflictError
from heads.lifecycle.promotion import promote
from loadtests.measurement.usage import UsageSampler
from loadtests.stack import faults
from loadtests.stack.catalogs import production_versions
from loadtests.stack.stack import Stack
from tests.support.waiting import until


def test_a_swap_that_another_change_forestalls_is_noted_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conflict stands among the run's events and does not end the swaps."""
    conflicts = [ConflictError("changed meanwhile")]

    def forestalled(*args: Any) -> object:
        if conflicts:
            raise conflicts.pop()
        return promote(*args)

    monkeypatch.setattr(faults, "promote", forestalled)
    catalog = faults.swappable_catalog(tmp_path / "catalog")
    first = production_versions(catalog)["intent"]
    actor = faults.Faults(Stack(tmp_path), catalog, 1.0, swaps_every_s=0.001)

    with actor.during("head-swap", UsageSampler({})):
        until(lambda: len(actor.events) >= 3)

    assert [event for _, event in actor.events[:3]] == [
        f"intent was not swapped to version {faults.OTHER_VERSION}: changed meanwhile",
        f"intent is now version {faults.OTHER_VERSION}",
        f"intent is now version {first}",
    ]
