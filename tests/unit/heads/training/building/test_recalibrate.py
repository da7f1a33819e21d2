"""Laws of `heads recalibrate`: the same weights, fitted to rows that are one's own, and gated."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.loading import load_folder
from heads.bundle.reading import read_folder
from heads.manifest import Manifest
from heads.storage.folder import FolderCatalog
from heads.training.building.evaluate import bundle_facts, bundle_scores
from heads.training.commands.train import CATALOG, CORPUS
from heads.training.data.dataset import Dataset, make_dataset
from heads.training.data.provenance import known_rows, row_keys
from heads.training.data.tables import Record, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.opt_out import states
from heads.training.fitting.recalibration import LastStep, refit
from heads.training.gate.review import review
from heads.training.gate.rows import Rows
from tests.support.roles import point

PREPARED = CORPUS.parent / "prepared"
OWN = [json.loads(line) for line in (CORPUS / "e.jsonl").read_text().splitlines()[:240]]


class Vectors:
    """A store whose vectors say nothing: what a head knows then it knows by the words."""

    runtime, layers, tuned_on = "none", 6, frozenset[str]()
    origin, model_id = "frozen", "none"
    fingerprint = load_folder(CATALOG / "intent" / "1").manifest.fingerprint

    def vectors(
        self, texts: Sequence[str], views: Sequence[str], contexts: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Return the same vector for each text."""
        return {view: np.ones((len(texts), 384), dtype=np.float32) for view in views}


STORE = cast("EmbeddingStore", Vectors())


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the shipped heads, without their prices; the command finds the store above."""
    for name in ("intent", "has_opt_out"):
        shutil.copytree(CATALOG / name, tmp_path / "heads" / name)
        (tmp_path / "heads" / name / "costs.toml").unlink()
        # What was learnt from the first three writers: e is another inbox for it.
        for later in {"intent": "2", "has_opt_out": "34"}[name]:
            shutil.rmtree(tmp_path / "heads" / name / later)
    point(tmp_path / "heads" / "intent", "production", "1")
    point(tmp_path / "heads" / "has_opt_out", "production", "2")
    monkeypatch.setattr("heads.training.commands.recalibrate.open_store", lambda *_: STORE)
    return tmp_path / "heads"


def run(catalog: Path, name: str, rows: list[dict[str, Any]], *more: str) -> Any:
    """Run the command on these rows."""
    file = catalog.parent / "own.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    arguments = ["recalibrate", name, "--data", str(file), "--catalog", str(catalog), *more]
    return CliRunner().invoke(main, arguments)


def dataset(name: str, rows: list[dict[str, Any]]) -> Dataset:
    """Read rows of the head."""
    records = [Record(Path("own.jsonl"), n, row) for n, row in enumerate(rows)]
    return make_dataset(REPLY_TASKS[name], records)


def test_the_new_version_has_the_weights_and_a_record_without_texts(catalog: Path) -> None:
    """Digest and counts say what it was fitted to; it loads, and nothing has a role but before."""
    answer = run(catalog, "intent", OWN)
    assert answer.exit_code == 0, answer.output
    old, new = (load_folder(catalog / "intent" / version).manifest for version in "12")
    assert new.files["weights.safetensors"] == old.files["weights.safetensors"]
    assert new.calibration != old.calibration
    assert new.thresholds != old.thresholds
    assert (new.members, new.labels, new.gate) == (old.members, old.labels, old.gate)
    record = bundle_facts(catalog / "intent" / "2")["recalibrated"]
    assert (record["of_version"], record["rows"]) == ("1", len(OWN))
    assert sum(record["labels"].values()) == len(OWN)
    assert record["data_sha256"].startswith("sha256:")
    written = b"".join(path.read_bytes() for path in (catalog / "intent" / "2").iterdir())
    texts = [row["text"] for row in OWN if len(row["text"]) > 12]
    assert not [text for text in texts if text.encode() in written or text in answer.output]
    card = (catalog / "intent" / "2" / "README.md").read_text()
    assert f"Recalibrated from version 1, weights untouched, on {len(OWN)} other rows" in card


def test_behaviour_by_the_old_calibration_is_not_handed_on(
    catalog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What training recorded is of decisions that the new version does not make."""
    facts = {**bundle_facts(catalog / "intent" / "1"), "behaviour": {"k": {"t": [1, 1, 0]}}}
    monkeypatch.setattr("heads.training.building.recalibrate.bundle_facts", lambda _: facts)

    assert run(catalog, "intent", OWN).exit_code == 0
    assert "behaviour" not in bundle_facts(catalog / "intent" / "2")


def test_the_rows_are_seen_for_the_gate(catalog: Path) -> None:
    """What a version was fitted to proves nothing of it; other rows do, as for any version."""
    run(catalog, "intent", OWN)
    data = dataset("intent", OWN)
    old = known_rows(read_folder(catalog / "intent" / "1"))
    assert old is not None
    assert known_rows(read_folder(catalog / "intent" / "2")) == old | row_keys(data)
    columns = ("text", "last_outbound", None, "author")
    given = Rows(read_records([catalog.parent / "own.jsonl"]), *columns, trusted=True)
    result = review(FolderCatalog(catalog), "intent", "2", given, lambda _: STORE)
    assert "were seen by neither version" in result.reasons[0]
    other = Rows(read_records([CORPUS / "f.jsonl"])[:200], *columns, trusted=True)
    passed = review(FolderCatalog(catalog), "intent", "2", other, lambda _: STORE)
    assert not any(figure.worse for figure in passed.figures)
    assert passed.figures[0].old == passed.figures[0].new


def test_too_few_rows_are_refused(catalog: Path) -> None:
    """The limit and the way out are named, rows that it learnt from do not count."""
    learnt = [json.loads(line) for line in (PREPARED / "a.jsonl").read_text().splitlines()[:90]]
    answer = run(catalog, "intent", [*OWN[:60], *learnt])
    assert answer.exit_code == 1
    assert "60 rows to calibrate on (90 more were learnt from by version 1)" in answer.output
    assert "100 are needed: give more labelled rows (--data)" in answer.output
    assert not (catalog / "intent" / "2").exists()


def test_an_unknown_label_is_named_with_its_line(catalog: Path) -> None:
    """Nothing is written."""
    answer = run(catalog, "intent", [*OWN[:120], {**OWN[120], "intent": "maybe"}])
    assert answer.exit_code == 1
    assert "own.jsonl:121: intent 'maybe' is unknown" in answer.output
    assert not (catalog / "intent" / "2").exists()


def test_a_label_without_enough_rows_keeps_its_threshold(catalog: Path) -> None:
    """The command says so, and so does the card."""
    answer = run(catalog, "intent", [row for row in OWN if row["intent"] != "auto_reply"])
    assert answer.exit_code == 0, answer.output
    old, new = (load_folder(catalog / "intent" / version).manifest for version in "12")
    assert new.thresholds["auto_reply"] == old.thresholds["auto_reply"]
    assert new.thresholds["objection"] != old.thresholds["objection"]
    assert "threshold of auto_reply: 0.1666 -> 0.1666 (kept: under 15 rows)" in answer.output
    assert "auto_reply" in bundle_facts(catalog / "intent" / "2")["recalibrated"]["kept"]


def test_opt_outs_stay_what_they_were(catalog: Path) -> None:
    """Platt's pair is another; what is yes and what is looked at by [opt_out] is the same."""
    answer = run(catalog, "has_opt_out", OWN)
    assert answer.exit_code == 0, answer.output
    data = dataset("has_opt_out", OWN)
    both = []
    for version in ("2", "3"):
        head = load_folder(catalog / "has_opt_out" / version)
        limits = head.manifest.opt_out
        assert limits is not None
        both.append(states(bundle_scores(head, data, STORE)[:, 0], limits))
    assert (both[0][0] == both[1][0]).all()
    assert (both[0][1] == both[1][1]).all()
    old, new = (load_folder(catalog / "has_opt_out" / version).manifest for version in "23")
    assert old.calibration != new.calibration
    stated = bundle_facts(catalog / "has_opt_out" / "3")["opt_out"]["thresholds"]
    assert stated["yes"] == pytest.approx(new.opt_out.yes if new.opt_out else 0, abs=1e-4)


def test_a_question_with_one_answer_keeps_everything() -> None:
    """Without opt-outs nothing can be said of the probability of one."""
    rows = dataset("has_opt_out", [row for row in OWN if not row["has_opt_out"]])
    old = LastStep.of(_manifest("has_opt_out", "2"))
    step = refit(rows, np.full((len(rows), 1), 0.3), old)
    assert (step.platt, step.thresholds) == (old.platt, old.thresholds)
    assert step.kept == ("yes", "no")


def test_a_kept_threshold_still_protects() -> None:
    """A positive that the head is surest to be an unsubscribe raises that threshold over it."""
    rows = dataset("intent", [row for row in OWN if row["intent"] == "positive"])
    mean = np.tile([0.02, 0.02, 0.9, 0.02, 0.02, 0.02], (len(rows), 1))
    old = LastStep.of(_manifest("intent", "1"))
    step = refit(rows, mean, old)
    assert "unsubscribe" in step.kept
    surest = float(step.apply(mean).max())
    assert step.thresholds["unsubscribe"] >= max(surest, old.thresholds["unsubscribe"])


def _manifest(name: str, version: str) -> Manifest:
    return load_folder(CATALOG / name / version).manifest
