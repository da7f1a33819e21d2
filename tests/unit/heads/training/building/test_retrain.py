"""Laws of `heads retrain`: the same order gives the same head, and what differs is named."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from heads.__main__ import main
from heads.bundle.reading import learnt_digest, read_folder
from heads.lifecycle.promotion import Author, promote
from heads.storage.folder import FolderCatalog
from heads.training.building import order
from heads.training.building.order import changes, record_of
from heads.training.commands.train import CATALOG
from tests.support.roles import point
from tests.support.vectors import TextVectors

LAYERS = 6
WORDS = {"price": "What would it cost", "meeting": "Let us talk on", "other": "Ticket number"}


class Desk:
    """A table of labelled texts, a catalog, and the commands over them."""

    def __init__(self, folder: Path) -> None:
        self.table, self.catalog = folder / "t.csv", folder / "catalog"
        self.write(90)

    def write(self, count: int, labels: Sequence[str] = tuple(WORDS)) -> None:
        """Write so many rows, five by an author."""
        rows = [
            (f"{WORDS[label]} {n}?", label, f"p{n // 5}")
            for n in range(count)
            for label in [labels[n % len(labels)]]
        ]
        with self.table.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "topic", "author"), *rows])

    def run(self, command: str, *arguments: str, catalog: Path | None = None) -> Result:
        """Run `heads` on the catalog."""
        where = ["--catalog", str(catalog or self.catalog)]
        return CliRunner().invoke(main, [command, "topic", *arguments, *where])

    def learn(self, command: str = "train", catalog: Path | None = None) -> Result:
        """Make version 1, give it the production role."""
        options = ["--data", str(self.table), "--label-column", "topic"]
        done = self.run(command, *options, "--members", "mean@3;lexical", catalog=catalog)
        assert done.exit_code == 0, done.output
        point((catalog or self.catalog) / "topic", "production", "1")
        return done

    def learnt(self, version: str) -> str:
        """Return what a version has learnt, as a digest."""
        return learnt_digest(read_folder(self.catalog / "topic" / version))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Lay the desk out; vectors are of a store without an encoder."""
    (tmp_path / "catalog").mkdir()
    for place in ("run_training", "new", "train"):
        module = f"heads.training.commands.{place}"
        monkeypatch.setattr(f"{module}.open_store", lambda *_: TextVectors(layers=LAYERS))
    for place in ("run_training", "new"):
        module = f"heads.training.commands.{place}"
        monkeypatch.setattr(f"{module}.check_model", lambda _: LAYERS)
    return Desk(tmp_path)


@pytest.mark.parametrize("command", ["train", "new"])
def test_the_same_order_gives_the_same_head(desk: Desk, command: str) -> None:
    """What was learnt has one digest however often, and the command says so."""
    desk.learn(command)
    done = desk.run("retrain")
    assert done.exit_code == 0, done.output
    assert f"learnt {desk.learnt('1')}, the same as topic/1" in done.output
    assert desk.learnt("2") == desk.learnt("1")
    old, new = (record_of(read_folder(desk.catalog / "topic" / version)) for version in "12")
    assert (new.order, changes(old.state, new.state)) == (old.order, ())


def test_bundles_of_one_order_are_equal_to_the_byte(desk: Desk, tmp_path: Path) -> None:
    """Two catalogs that get the same training hold files with the same content."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        desk.learn(catalog=tmp_path / name)
    one, two = (read_folder(tmp_path / name / "topic" / "1") for name in ("one", "two"))
    assert one.files == two.files


def test_nothing_is_done_where_nothing_changed(desk: Desk) -> None:
    """`--if-changed` leaves the catalog alone, exit code 0."""
    desk.learn()
    done = desk.run("retrain", "--if-changed")
    assert (done.exit_code, "nothing to do" in done.output) == (0, True)
    assert not (desk.catalog / "topic" / "2").exists()


def test_new_rows_are_counted_and_learnt(desk: Desk) -> None:
    """A table that grew is named and retrained on; under a wished number of new rows it is not."""
    desk.learn()
    desk.write(96)
    few = desk.run("retrain", "--if-changed", "--if-new-rows", "7")
    assert "data: t.csv changed" in few.output
    assert "96, of which 6 are new to topic/1" in few.output
    assert not (desk.catalog / "topic" / "2").exists()
    done = desk.run("retrain", "--if-changed", "--if-new-rows", "6")
    assert done.exit_code == 0, done.output
    assert "another than topic/1" in done.output
    assert json.loads((desk.catalog / "topic/2/metrics.json").read_text())["rows"] == 96


def test_what_changed_is_learnt_once(desk: Desk) -> None:
    """A schedule makes no second version while a person has yet to decide on the first."""
    desk.learn()
    desk.write(96)
    assert desk.run("retrain", "--if-changed").exit_code == 0
    done = desk.run("retrain", "--if-changed")
    assert "nothing changed since topic/2 was learnt: nothing to do" in done.output
    assert not (desk.catalog / "topic" / "3").exists()
    again = desk.run("retrain", "--if-changed", "--of", "1")
    assert again.exit_code == 0, again.output
    assert (desk.catalog / "topic" / "3").exists()


@pytest.mark.parametrize(
    "arguments", [["--alias", "candidate"], ["--catalog", "s3://bucket/heads"]], ids=" ".join
)
def test_what_only_mlflow_would_keep_is_not_made_without_it(
    desk: Desk, arguments: list[str]
) -> None:
    """An alias, or a version of a bucket's head, is refused before anything is learnt."""
    desk.learn()
    where = [] if "--catalog" in arguments else ["--catalog", str(desk.catalog)]
    done = CliRunner().invoke(main, ["retrain", "topic", "--no-track", *arguments, *where])
    assert (done.exit_code, "--track" in done.output) == (2, True)
    assert not (desk.catalog / "topic" / "2").exists()


def test_no_alias_of_production_can_be_asked_for(desk: Desk) -> None:
    """Production is a person's to give, in MLflow or by `heads promote`."""
    assert desk.run("retrain", "--alias", "production").exit_code == 2


def test_code_encoder_and_guide_are_compared(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each of them that is not what it was when the version was learnt has a line."""
    desk.learn()
    guide = tmp_path / "GUIDE.md"
    guide.write_text("Label what the author asks for.", encoding="utf-8")
    monkeypatch.setattr(order, "_GUIDE", guide)
    monkeypatch.setattr(order, "_CODE", ("heads/manifest.py",))
    other = TextVectors("sha256:" + "7" * 64, LAYERS)
    monkeypatch.setattr("heads.training.commands.run_training.open_store", lambda *_: other)
    output = desk.run("retrain", "--if-changed").output
    begun = [line.partition(":")[0] for line in output.splitlines()]
    assert begun[:3] == ["code", "encoder", "guide"]
    assert "-> 777777777777" in output


def test_a_bundle_without_a_record_is_refused() -> None:
    """Versions by earlier releases say what to do instead of a guess."""
    done = CliRunner().invoke(main, ["retrain", "intent", "--catalog", str(CATALOG), "--of", "1"])
    assert done.exit_code == 1
    assert "does not record what its training was asked for" in done.output


def test_a_record_holds_no_text_and_no_path_of_files_digested(desk: Desk) -> None:
    """Files outside the project are known by their last name and digest."""
    desk.learn()
    state = record_of(read_folder(desk.catalog / "topic" / "1")).state
    assert list(state.data) == ["t.csv"]
    assert "What would it cost" not in (desk.catalog / "topic/1/metrics.json").read_text()


def test_lineage_tells_of_data_training_bundle_and_roles(desk: Desk) -> None:
    """One command leads from the rows' digest to who gave which role when and why."""
    desk.learn()
    assert desk.run("retrain").exit_code == 0
    promote(FolderCatalog(desk.catalog), "topic", "2", "shadow", Author("ann", "a try"))
    taken = desk.run("remove-role", "--role", "shadow", "--by", "bob")
    assert taken.exit_code == 0, taken.output
    lines = desk.run("lineage", "2").output.splitlines()
    facts = json.loads((desk.catalog / "topic/2/metrics.json").read_text())
    assert lines[0] == f"data     90 rows, {facts['data_sha256']}"
    assert lines[1].strip().startswith("t.csv sha256:")
    assert f"learnt   {desk.learnt('2')}" in lines
    assert "training heads train topic, members mean@3;lexical, seed 0" in lines
    roles = [line for line in lines if line.startswith("roles")]
    assert len(roles) == 2
    assert "shadow 100%, by ann: promote to shadow (a try)" in roles[0]
    assert "no role, by bob" in roles[1]
