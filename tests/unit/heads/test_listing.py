"""Laws of the commands that show heads and take their names."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from heads.__main__ import main
from heads.bundle.writing import write_bundle
from heads.lifecycle import aliases
from heads.lifecycle.promotion import Author, promote
from heads.listing import columns
from heads.naming import versions
from heads.storage.folder import FolderCatalog
from tests.support.bundles import FINGERPRINT, feature_rows, table, weights
from tests.support.roles import point

MANY = tuple(f"label_{place}" for place in range(80))


@pytest.fixture
def catalog(tmp_path: Path) -> FolderCatalog:
    """Write versions 2, 10 and 9 of `topic`, 9 in production, and a head of 80 labels."""
    for name, version, labels in (
        ("topic", "2", ("a", "b")),
        ("topic", "10", ("a", "b")),
        ("topic", "9", ("a", "b")),
        ("many", "1", MANY),
    ):
        made = table(name, version, labels=labels, default=name == "topic")
        write_bundle(tmp_path, made, weights(made, 0), feature_rows(3))
    catalog = FolderCatalog(tmp_path)
    promote(catalog, "topic", "9", "production", Author("ann"))
    point(tmp_path / "many", "production", "1")
    return catalog


def heads(catalog: FolderCatalog, *arguments: str, answer: str = "") -> Result:
    """Run a command on the catalog."""
    return CliRunner().invoke(main, [*arguments, "--catalog", str(catalog.root)], input=answer)


def test_columns_are_aligned_and_cut() -> None:
    """Each column is as wide as its widest cell; the last gives way."""
    lines = list(columns([("A", "B"), ("long cell", "word " * 40)], width=60))
    assert lines[0] == "A          B"
    assert lines[1].startswith("long cell  word")
    assert len(lines[1]) == 60
    assert lines[1].endswith("...")


def test_a_list_is_a_line_a_head(catalog: FolderCatalog) -> None:
    """However many labels it has; it says whom each head answers."""
    lines = heads(catalog, "list").output.splitlines()
    assert [line.split()[0] for line in lines] == ["HEAD", "many", "topic"]
    assert "who asks" in lines[1]
    assert "80: label_0" in lines[1]
    assert "everybody" in lines[2]
    assert max(map(len, lines)) <= 120


def test_names_stand_for_paths(catalog: FolderCatalog) -> None:
    """NAME is production's version, NAME/VERSION that one, a folder itself; others are told."""
    assert versions(catalog, "topic") == ("2", "9", "10")
    assert heads(catalog, "test", "topic").output.startswith("topic/9: 3 golden rows")
    assert heads(catalog, "test", "topic/2").output.startswith("topic/2: ")
    folder = str(catalog.root / "topic" / "10")
    assert heads(catalog, "test", folder).output.startswith("topic/10: ")
    assert "topic/2: " in heads(catalog, "lint", "topic/2").output
    assert "no version 7; it has 2, 9, 10" in heads(catalog, "lint", "topic/7").output
    assert "no head topci" in heads(catalog, "test", "topci").output
    assert "no version 7; it has 2, 9, 10" in heads(catalog, "promote", "topic", "7").output


def test_one_head_is_shown_with_its_versions(catalog: FolderCatalog) -> None:
    """Roles, versions in order, and what a rollback leads to."""
    shown = " ".join(heads(catalog, "show", "topic").output.split())
    assert "head topic/9" in shown
    assert "versions 2, 9, 10" in shown
    assert "rollback to production none" in shown


def test_a_rollback_to_nobody_asks_first(catalog: FolderCatalog) -> None:
    """No, or no answer, changes nothing; yes and --yes go on."""
    for answer in ("", "n\n"):
        refused = heads(catalog, "rollback", "topic", answer=answer)
        assert refused.exit_code == 1
        assert aliases.read(catalog, "topic")[0].production == "9"
    assert heads(catalog, "rollback", "topic", answer="y\n").exit_code == 0
    assert aliases.read(catalog, "topic")[0].production is None
    for version in ("9", "10"):
        promote(catalog, "topic", version, "production", Author("ann"))
    assert heads(catalog, "rollback", "topic").exit_code == 0, "9 answers again: nothing to ask"
    assert heads(catalog, "rollback", "topic", "--yes").exit_code == 0


def test_a_rollback_to_another_encoder_says_so_first(catalog: FolderCatalog) -> None:
    """With both fingerprints; of the same encoder there is nothing to say."""
    other = "sha256:" + "7" * 64
    made = table("topic", "11", labels=("a", "b"), fingerprint=other)
    write_bundle(catalog.root, made, weights(made, 0), feature_rows(3))
    for version in ("10", "11"):
        promote(catalog, "topic", version, "production", Author("ann"))
    output = heads(catalog, "rollback", "topic").output
    warning, done = output.splitlines()
    assert f"version 10 needs encoder {FINGERPRINT}" in warning
    assert f"11 has {other}" in warning
    assert done == "topic: production 10"
    assert heads(catalog, "rollback", "topic").output == "topic: production 9\n"


def test_the_shell_completes_commands() -> None:
    """Click's own completion knows the commands, those of training too."""
    environment = {"_HEADS_COMPLETE": "bash_complete", "COMP_WORDS": "heads pro", "COMP_CWORD": "1"}
    done = CliRunner().invoke(main, prog_name="heads", env=environment)
    assert "promote" in done.output
