"""Laws of who gives way where a catalog's role and an alias of MLflow differ."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from heads.bundle.writing import write_bundle
from heads.errors import GateError
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import Role
from heads.lifecycle.promotion import Author, promote
from heads.storage.catalog import Catalog
from heads.storage.folder import FolderCatalog
from heads.training.errors import TrackingError
from heads.training.following import Follower, move_of
from heads.training.model_registry import ModelRegistry
from tests.support.bundles import feature_rows, table, weights
from tests.support.registry import MemoryRegistry

NONE, A, B, C = "", "sha256:a", "sha256:b", "sha256:c"


@pytest.mark.parametrize(
    ("mlflow", "catalog", "agreed", "move"),
    [
        (A, A, None, "none"),
        (A, A, B, "none"),
        (A, NONE, None, "follow"),  # first contact: the catalog names no version
        (A, B, None, "mirror"),  # first contact: the catalog is the truth
        (B, A, A, "follow"),
        (NONE, A, A, "follow"),  # an alias that was taken away
        (A, B, A, "mirror"),
        (A, NONE, A, "mirror"),
        (B, C, A, "mirror"),  # both moved
    ],
)
def test_the_side_that_did_not_move_gives_way(
    mlflow: str, catalog: str, agreed: str | None, move: str
) -> None:
    """Only MLflow moved: the catalog follows. The catalog moved, or both: the alias is put back."""
    assert move_of(mlflow, catalog, agreed) == move


class Lab:
    """A registry with versions 1 to 3 of `topic`, a catalog without any, and a gate."""

    def __init__(self, folder: Path) -> None:
        self.registry = MemoryRegistry("topic")
        for number in "123":
            made = table("topic", number)
            write_bundle(folder / "made", made, weights(made, int(number)), feature_rows(3))
            self.registry.folders[number] = folder / "made" / "topic" / number
        (folder / "heads").mkdir()
        self.catalog = FolderCatalog(folder / "heads")
        self.refused: set[str] = set()
        self.meanwhile = ""  # who else moves the catalog while the gate looks

    def gate(self, catalog: Catalog, name: str, version: str, role: Role) -> Mapping[str, Any]:
        """Refuse what is to be refused; let somebody else be quicker if so wished."""
        if version in self.refused:
            raise GateError(("worse",))
        if self.meanwhile:
            promote(catalog, name, self.meanwhile, role, Author("eve"))
        return {"against": None}

    def look(self) -> list[tuple[str, str]]:
        """Look once; return role and result of what changed."""
        registry = cast("ModelRegistry", self.registry)
        follower = Follower(registry, self.catalog, self.gate)
        return [(outcome.role, outcome.result) for outcome in follower.once()]

    def held(self, role: Role) -> str | None:
        """Return who has the role in the catalog."""
        return aliases.read(self.catalog, "topic")[0].version(role)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Lay it out, version 1 in production on both sides."""
    made = Lab(tmp_path)
    made.registry.now["production"] = "1"
    assert made.look() == [("production", "live")]
    return made


def test_a_moved_alias_is_published_gated_and_recorded(lab: Lab) -> None:
    """The catalog has the bundle and the role, the audit the registry's name; then all is quiet."""
    lab.registry.now |= {"production": "2", "candidate": "3"}
    assert lab.look() == [("production", "live"), ("candidate", "live")]
    assert (lab.held("production"), lab.held("candidate")) == ("2", "3")
    assert lab.look() == []
    entries = list(audit.entries(lab.catalog, "topic"))
    assert {entry.by for entry in entries} == {"mlflow"}
    assert entries[-1].why == "alias candidate of the registered model topic moved to version 3"
    del lab.registry.now["candidate"]
    assert lab.look() == [("candidate", "live")]
    assert lab.held("candidate") is None


def test_what_is_refused_changes_nothing_and_says_why(lab: Lab) -> None:
    """By the gate, as no bundle, or since production is never removed: the alias is put back."""
    lab.refused = {"2"}
    lab.registry.folders["4"] = Path("/nowhere")
    for version in ("2", "4"):
        lab.registry.now["production"] = version
        assert lab.look() == [("production", "refused")]
        assert lab.registry.told[version].startswith("production: refused")
    del lab.registry.now["production"]
    assert lab.look() == [("production", "refused")]
    assert lab.registry.now == {"production": "1"}
    assert len(list(audit.entries(lab.catalog, "topic"))) == 1


def test_the_catalogs_change_is_shown_in_the_registry(lab: Lab) -> None:
    """Whoever promotes in the catalog moves the alias, too; both moving, the catalog stands."""
    lab.registry.now["candidate"] = "2"
    assert lab.look() == [("candidate", "live")]
    promote(lab.catalog, "topic", "2", "production", Author("ann"))
    assert lab.look() == [("production", "mirrored"), ("candidate", "mirrored")]
    assert lab.registry.now == {"production": "2"}
    lab.registry.now["candidate"] = "3"
    assert lab.look() == [("candidate", "live")]
    lab.registry.now["production"] = "1"
    promote(lab.catalog, "topic", "3", "production", Author("ann"))
    assert ("production", "forestalled") in lab.look()
    assert lab.registry.now == {"production": "3"}
    last = [entry for entry in audit.entries(lab.catalog, "topic") if entry.by == "mlflow"][-1]
    assert last.outcome == "forestalled"


def test_who_is_quicker_while_the_gate_looks_wins(lab: Lab) -> None:
    """A step is taken on the generation that it was decided on; the audit has both."""
    lab.registry.now["candidate"] = "2"
    assert lab.look() == [("candidate", "live")]
    lab.registry.now["production"] = "3"
    lab.meanwhile = "2"
    assert lab.look()[0] == ("production", "forestalled")
    assert lab.held("production") == "2"
    outcomes = [(entry.by, entry.outcome) for entry in audit.entries(lab.catalog, "topic")][-2:]
    assert sorted(outcomes) == [("eve", "done"), ("mlflow", "forestalled")]


def test_a_registry_away_changes_nothing(lab: Lab) -> None:
    """Neither at the first call nor in the middle of one: the next look goes on."""
    lab.registry.away = True
    lab.registry.now["production"] = "2"
    with pytest.raises(TrackingError):
        lab.look()
    assert lab.held("production") == "1"
    lab.registry.away = False
    assert lab.look() == [("production", "live")]
