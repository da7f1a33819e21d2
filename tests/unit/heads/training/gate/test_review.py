"""Laws of the trial before the gate where the catalog is not as it should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.writing import write_bundle
from heads.errors import GateError
from heads.storage.folder import FolderCatalog
from heads.training.building.scaffold import draft_heads, make_head
from heads.training.building.wanted import Wanted
from heads.training.data.tables import Record
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.recipe import Recipe, parse_members
from heads.training.gate.review import examine, review
from heads.training.gate.rows import Rows
from tests.support.bundles import feature_rows, table, weights
from tests.support.roles import point
from tests.support.vectors import TextVectors

LABELS = ("positive", "objection", "other")


STORE = cast("EmbeddingStore", TextVectors())


def records(count: int = 60) -> list[Record]:
    """Make rows of three labels, each by another author."""
    path = Path("rows.jsonl")
    return [
        Record(path, n, {"text": "so " * n + "it is", "topic": LABELS[n % 3], "author": f"p{n}"})
        for n in range(count)
    ]


ROWS = Rows(records(), "text", "last_outbound", "topic", "author", trusted=False)


def put(catalog: Path, version: str, **changes: Any) -> Path:
    """Write a bundle with a card, a picture and an empty record of the rows that it learnt from."""
    made = table("topic", version, labels=LABELS, gate={"min_rows": 10}, **changes)
    extra = {"README.md": b"card", "metrics.json": b"{}", "confusion.png": b"png"}
    extra["rows.json"] = json.dumps({"rows": []}).encode()
    return write_bundle(catalog, made, weights(made, 0), feature_rows(3), extra)


@pytest.fixture
def catalog(tmp_path: Path) -> FolderCatalog:
    """Write version 1 of `topic`, in production, and version 2 without a role."""
    put(tmp_path, "1", limits={"memory_bytes": 2048})
    put(tmp_path, "2")
    point(tmp_path / "topic", "production", "1")
    return FolderCatalog(tmp_path)


@pytest.mark.parametrize("file", ["README.md", "confusion.png"])
@pytest.mark.parametrize("gone", [True, False])
def test_a_damaged_card_of_production_stops_no_replacement(
    catalog: FolderCatalog, file: str, gone: bool
) -> None:
    """The gate compares as ever; `heads check` reports the damage."""
    path = catalog.root / "topic" / "1" / file
    path.unlink() if gone else path.write_bytes(b"edited")
    result = review(catalog, "topic", "2", ROWS, lambda _: STORE)
    assert result.reasons == ()
    assert result.figures[0].rows == 60
    checked = CliRunner().invoke(main, ["check", "topic/1", "--catalog", str(catalog.root)])
    assert checked.exit_code == 1
    assert file in checked.output


def test_production_that_cannot_be_served_is_nothing_to_compare_with(
    catalog: FolderCatalog,
) -> None:
    """Broken weights, then no head.toml: there is a note, and the new version's limits hold."""
    folder = catalog.root / "topic" / "1"
    (folder / "weights.safetensors").write_bytes(b"broken")
    result = review(catalog, "topic", "2", ROWS, lambda _: STORE)
    assert (result.old_version, result.reasons) == (None, ())
    assert "production 1 cannot be loaded" in result.notes[0]
    (folder / "head.toml").unlink()
    assert review(catalog, "topic", "2", ROWS, lambda _: STORE).reasons == ()
    assert examine(catalog, "topic", "2")[0].version == "2"


def test_production_sets_the_bar_though_its_weights_are_broken(catalog: FolderCatalog) -> None:
    """Its head.toml is enough for the limits."""
    put(catalog.root, "3", members=[{"views": ["mean@3"], "hidden": 200}])
    (catalog.root / "topic" / "1" / "weights.safetensors").write_bytes(b"broken")
    with pytest.raises(GateError, match="2048 is allowed"):
        examine(catalog, "topic", "3")


def test_production_with_lost_rows_is_of_unknown_past(catalog: FolderCatalog) -> None:
    """No row counts as unseen by it then, unless somebody vouches for the rows."""
    (catalog.root / "topic" / "1" / "rows.json").write_bytes(b"edited")
    result = review(catalog, "topic", "2", ROWS, lambda _: STORE)
    assert "what version 1 learnt from is not known" in result.reasons[0]


def test_an_interrupted_publish_takes_its_number_only(tmp_path: Path) -> None:
    """`heads new` goes on to the next number, though head.toml of the last was never written."""
    catalog = FolderCatalog(tmp_path)
    for key in ("topic/1/head.toml", "topic/2/weights.safetensors", "topic/aliases.json"):
        catalog.write(key, b"{}", "")
    wanted = Wanted("topic", LABELS, "which", "text", "last_outbound", "topic", "author")
    (draft,) = draft_heads(wanted, records(90), print)
    recipe = Recipe(parse_members("mean@3"))
    made = make_head(draft, recipe, STORE, catalog)
    assert made.manifest.version == "3"
