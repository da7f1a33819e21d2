"""Laws of bundles: what is written loads; what is wrong is refused, with everything named."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import tomli_w

from embedder.views import POOLINGS, View
from heads.bundle.loading import load_folder
from heads.bundle.reading import MAX_FILE_BYTES
from heads.bundle.writing import write_bundle
from heads.errors import BundleError, BundleExistsError
from heads.inference.head import Head
from heads.inference.postprocessing import Decider
from heads.inference.stack import Stack, score
from heads.manifest import Manifest, parse
from heads.policy import OptOutThresholds
from heads.prediction import FeatureRow
from tests.support.bundles import (
    DIM,
    FINGERPRINT,
    build_head,
    feature_rows,
    make_bundle,
    table,
    weights,
)

TRICKY: list[dict[str, Any]] = [
    {"views": ["mean@3", "mean@6"], "hidden": 4, "normalise": "l2"},
    {"lexical": True},
]


def test_what_is_written_loads_and_answers_the_same(tmp_path: Path) -> None:
    """write_bundle then load_folder gives the head whose arrays went in."""
    made = table(members=TRICKY, calibration={"temperature": 0.7}, depends_on=None)
    tensors = weights(made, seed=3)
    folder = write_bundle(tmp_path, made, tensors, feature_rows(4), {"README.md": b"# card"})
    assert folder == tmp_path / "intent" / "1"
    head = load_folder(folder)
    rows = feature_rows(6, seed=5)
    assert np.allclose(
        score(head, rows), score(Head.build(head.manifest, tensors), rows), atol=1e-6
    )
    assert (head.name, head.version, head.info().lexical) == ("intent", "1", True)


@pytest.mark.parametrize(
    "trick", ['"', "\\", "\n", "\t", "\x7f", "'''", "#", "é", "日本", "\u2028"]
)
def test_what_is_written_reads_back_as_toml(tmp_path: Path, trick: str) -> None:
    """head.toml is plain TOML with every value as given; None, which TOML lacks, is left out."""
    own: dict[str, Any] = {
        "x-own": {f"k{trick}": [1.5, True, {"deep": trick}], "nothing": None, "tiny": 1e-300}
    }
    made = table(description=trick, depends_on=None, **own)
    folder = write_bundle(tmp_path, made, weights(made), feature_rows(3))
    read_back = tomllib.loads((folder / "head.toml").read_bytes().decode())
    files = read_back.pop("files")
    assert read_back == {
        "format": 1,
        **{key: value for key, value in made.items() if value is not None},
        "x-own": {f"k{trick}": [1.5, True, {"deep": trick}], "tiny": 1e-300},
    }
    assert set(files) == {"weights.safetensors", "golden.json"}


def test_a_version_is_written_once(tmp_path: Path) -> None:
    """Writing an existing version fails and leaves it as it was; no scratch folder stays."""
    folder = make_bundle(tmp_path, seed=1)
    before = (folder / "weights.safetensors").read_bytes()
    with pytest.raises(BundleExistsError):
        make_bundle(tmp_path, seed=2)
    assert (folder / "weights.safetensors").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["1"]


def test_a_bad_bundle_is_never_written(tmp_path: Path) -> None:
    """Weights that do not fit head.toml are refused before a folder has the version's name."""
    made = table()
    with pytest.raises(BundleError, match=r"m0\.w0 must be"):
        write_bundle(tmp_path, made, weights(made) | {"m0.w0": np.zeros((8, 2))}, feature_rows(3))
    assert not list(tmp_path.glob("intent/*"))


def test_too_few_golden_rows_are_refused(tmp_path: Path) -> None:
    """The self-test needs three rows."""
    made = table()
    with pytest.raises(BundleError, match="2 rows, at least 3"):
        write_bundle(tmp_path, made, weights(made), feature_rows(2))


def _flip_weights(folder: Path) -> None:
    path = folder / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _link_weights(folder: Path) -> None:
    path = folder / "weights.safetensors"
    path.rename(folder.parent / "elsewhere")
    path.symlink_to(folder.parent / "elsewhere")


def _grow_manifest(folder: Path) -> None:
    path = folder / "head.toml"
    path.write_bytes(path.read_bytes() + b"#" * MAX_FILE_BYTES["head.toml"])


def _fifo(folder: Path) -> None:
    (folder / "golden.json").unlink()
    os.mkfifo(folder / "golden.json")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_flip_weights, r"weights\.safetensors: digest is sha256:.*head\.toml says"),
        (_link_weights, r"weights\.safetensors: is a link, refused"),
        (_grow_manifest, r"head\.toml: larger than the limit of 262144 bytes"),
        (_fifo, r"golden\.json: digest"),
        (lambda folder: (folder / "golden.json").unlink(), r"golden\.json: No such file"),
        (lambda folder: (folder / "head.toml").unlink(), r"head\.toml: No such file"),
        (lambda folder: (folder / "head.toml").write_text("a ="), "not TOML"),
        (lambda folder: folder.rename(folder.parent / "2"), "No such file"),
    ],
)
def test_a_damaged_bundle_is_refused(
    tmp_path: Path, damage: Callable[[Path], Any], message: str
) -> None:
    """Changed, linked, oversized, special and missing files are each refused by name."""
    folder = make_bundle(tmp_path)
    damage(folder)
    with pytest.raises(BundleError, match=message):
        load_folder(folder)


def test_a_folder_with_another_name_is_refused(tmp_path: Path) -> None:
    """A bundle copied under another version does not pass for that version."""
    make_bundle(tmp_path).rename(tmp_path / "intent" / "2")
    with pytest.raises(BundleError, match="says intent/1, the folder is intent/2"):
        load_folder(tmp_path / "intent" / "2")


def _rewrite(folder: Path, name: str, content: bytes) -> None:
    """Change a file and its digest: only the checks behind the digest can object now."""
    table = tomllib.loads((folder / "head.toml").read_text())
    table["files"][name] = "sha256:" + hashlib.sha256(content).hexdigest()
    (folder / name).write_bytes(content)
    (folder / "head.toml").write_text(tomli_w.dumps(table))


def test_golden_scores_off_by_more_than_the_tolerance_are_refused(tmp_path: Path) -> None:
    """A bundle whose weights answer otherwise than recorded never goes live."""
    folder = make_bundle(tmp_path)
    rows = json.loads((folder / "golden.json").read_bytes())
    rows[1]["scores"]["objection"] += 2e-4
    _rewrite(folder, "golden.json", json.dumps(rows).encode())
    with pytest.raises(BundleError, match=r"golden\.json: row 1: objection 0\.\d+, not 0\.\d+"):
        load_folder(folder)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"[1,2,3]", b'[{"vectors":{}}]', b"\xff", b"[" * 100_000]
)
def test_any_golden_content_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    """Garbage in golden.json is a BundleError, never another exception."""
    folder = make_bundle(tmp_path)
    _rewrite(folder, "golden.json", content)
    with pytest.raises(BundleError, match=r"golden\.json"):
        load_folder(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04pickle",
        b"\xff" * 64,
        safetensors.numpy.save({"m0.w0": np.zeros((8, 3), dtype=np.int64)}),
        safetensors.numpy.save(weights(table()) | {"extra": np.zeros(1, dtype=np.float32)}),
        safetensors.numpy.save({"m0.w0": np.full((8, 3), np.nan, dtype=np.float32)}),
    ],
)
def test_any_weights_content_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    """Pickles, garbage, other number formats, extra tensors and NaN are BundleErrors."""
    folder = make_bundle(tmp_path)
    _rewrite(folder, "weights.safetensors", content)
    with pytest.raises(BundleError, match=r"weights\.safetensors"):
        load_folder(folder)


def test_every_problem_of_a_manifest_is_told_together() -> None:
    """One BundleError names file, key and limit of all that is wrong."""
    made = {
        "format": 1,
        **table(kind="other", fingerprint="sha1:1", surprise=1),
        "files": {"weights.safetensors": FINGERPRINT, "golden.json": FINGERPRINT},
    }
    made["members"][0]["hidden"] = 100_000
    with pytest.raises(BundleError) as caught:
        parse(tomli_w.dumps(made).encode(), "here")
    message = str(caught.value)
    for key in ("kind", "fingerprint", "surprise", "members.0.hidden", "4096"):
        assert key in message


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["a", "a"], "thresholds": {"a": 0.1}}, "labels: a twice"),
        ({"labels": ["a", "margin"], "thresholds": {"a": 0.1}}, "reserved"),
        ({"thresholds": {"positive": 0.1}}, "thresholds: nothing for objection, other"),
        ({"calibration": {"platt": {}}}, "only for sigmoid"),
        ({"members": [{"views": []}]}, "neither a view nor the text"),
        ({"members": [{"views": ["max@3"]}]}, r"members\.0\.views\.0"),
        ({"members": [{"views": ["mean@03"]}]}, r"members\.0\.views\.0"),
        ({"members": [{"views": ["mean@3"]}] * 17}, "at most 16"),
        ({"lexical": {"buckets": 64}}, "no member has lexical"),
        ({"labels": [f"l{n}" for n in range(513)]}, "at most 512"),
        ({"name": "../../etc"}, "name"),
        ({"version": "a/b"}, "version"),
        (
            {
                "kind": "sigmoid",
                "labels": ["yes", "no"],
                "thresholds": {"yes": 0.2, "no": 0.1, "margin": 0.1},
            },
            r"thresholds\.margin",
        ),
        ({"unlike": {"views": ["mean@5"], "rank": 2, "limit": 0.5}}, "no member reads mean@5"),
        ({"unlike": {"views": ["mean@3"], "rank": 0, "limit": 0.5}}, r"unlike\.rank"),
        ({"unlike": {"views": ["mean@3"], "rank": 2, "limit": float("nan")}}, r"unlike\.limit"),
        ({"opt_out": {"yes": 0.9, "review": 0.1}}, "opt_out: only for yes/no heads"),
        ({"opt_out": {"yes": 0.1, "review": 0.9}}, "review must not be above yes"),
        ({"opt_out": {"yes": 1.1, "review": 0.1}}, r"opt_out\.yes"),
        ({"opt_out": {"yes": 0.9, "review": -0.1}}, r"opt_out\.review"),
        ({"opt_out": {"yes": 0.9}}, r"opt_out\.review"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], message: str) -> None:
    """Keys that do not agree with each other, or pass a limit, are named."""
    files = {"weights.safetensors": FINGERPRINT, "golden.json": FINGERPRINT}
    content = tomli_w.dumps({"format": 1, **table(), **changes, "files": files}).encode()
    with pytest.raises(BundleError, match=message):
        parse(content, "here")


def test_a_head_may_read_every_pooling_of_the_embedder() -> None:
    """What the embedder calls a view, a manifest accepts: one list in two packages."""
    views = [str(View(pooling, 3)) for pooling in POOLINGS]
    files = {"weights.safetensors": FINGERPRINT, "golden.json": FINGERPRINT}
    content = tomli_w.dumps({"format": 1, **table(members=[{"views": views}]), "files": files})
    assert parse(content.encode(), "here").members[0].views == tuple(views)


def test_reserved_and_own_tables_are_let_be(tmp_path: Path) -> None:
    """[bounds], [gate], [limits] and x-* tables are kept for their readers and change nothing."""
    own: dict[str, Any] = {
        "gate": {"overall": 0.01},
        "x-training": {"seed": 1, "deep": {"a": [1.5, True]}},
    }
    assert load_folder(make_bundle(tmp_path, **own)).manifest.gate.overall == 0.01


def test_a_limit_on_unlike_texts_needs_its_map(tmp_path: Path) -> None:
    """[unlike] and its tensors are written and load together; either alone is refused."""
    table_of = {"views": ["mean@3"], "rank": 2, "limit": 0.5}
    head = load_folder(make_bundle(tmp_path, unlike=table_of))
    assert head.unlike is not None
    assert head.unlike.columns == 2 + len(head.manifest.labels)
    tensors = weights(table(unlike=table_of))
    with pytest.raises(BundleError, match="b0 is not in head"):
        Head.build(load_folder(make_bundle(tmp_path, name="plain")).manifest, tensors)
    del tensors["unlike.b0"]
    with pytest.raises(BundleError, match="b0 is missing"):
        Head.build(head.manifest, tensors)
    tensors["unlike.b0"] = np.zeros(2, dtype=np.float32)
    with pytest.raises(BundleError, match="b0 must be"):
        Head.build(head.manifest, tensors)


def test_distances_off_the_recorded_ones_are_refused(tmp_path: Path) -> None:
    """A limit that would turn away other texts than recorded never goes live; old bundles do."""
    folder = make_bundle(tmp_path, unlike={"views": ["mean@3"], "rank": 2, "limit": 0.5})
    rows = json.loads((folder / "golden.json").read_bytes())
    rows[2]["distance"] += 2e-4
    _rewrite(folder, "golden.json", json.dumps(rows).encode())
    with pytest.raises(BundleError, match=r"row 2: distance -?\d\.\d+, not -?\d\.\d+"):
        load_folder(folder)
    for row in rows:
        del row["distance"]
    _rewrite(folder, "golden.json", json.dumps(rows).encode())
    assert load_folder(folder).unlike is not None


def test_a_distance_that_is_no_number_is_refused_and_abstained_from(tmp_path: Path) -> None:
    """Finite weights may overflow: such a limit would silently let every text pass."""
    made = table(unlike={"views": ["mean@3"], "rank": 2, "limit": 0.5})
    tensors = weights(made)
    tensors["unlike.w0"][:, :2], tensors["unlike.w0"][:, 2:] = 3e38, -3e38
    rows = [FeatureRow({"mean@3": np.ones(DIM, dtype=np.float32)}, "")] * 3
    with np.errstate(all="ignore"), pytest.raises(BundleError, match="row 0: distance nan"):
        write_bundle(tmp_path, made, tensors, rows)
    files = dict.fromkeys(("weights.safetensors", "golden.json"), FINGERPRINT)
    manifest = Manifest.model_validate({"format": 1, **made, "files": files})
    with np.errstate(all="ignore"):
        answer = Stack((Head.build(manifest, tensors),)).predict((0,), rows)[0]
    assert (answer.unlike, answer.abstained) == ((True,) * 3, (True,) * 3)


def test_a_question_about_opt_outs_names_two_thresholds(tmp_path: Path) -> None:
    """[opt_out] reaches callers beside the head; without the table there is none."""
    question: dict[str, Any] = {
        "kind": "sigmoid",
        "labels": ["yes", "no"],
        "thresholds": {"yes": 0.2, "no": 0.0},
    }
    limits = OptOutThresholds(yes=0.9, review=0.1)
    with_table = make_bundle(tmp_path, name="a", opt_out=limits.model_dump(), **question)
    without = make_bundle(tmp_path, name="b", **question)
    assert load_folder(with_table).info().opt_out == limits
    assert load_folder(without).info().opt_out is None


@pytest.mark.parametrize(
    ("yes", "threshold", "best", "abstained"),
    [(0.3, 0.04, 1, True), (0.03, 0.04, 1, False), (0.6, 0.04, 0, False), (0.55, 0.62, 0, True)],
)
def test_a_yes_no_head_says_its_likelier_label(
    yes: float, threshold: float, best: int, abstained: bool
) -> None:
    """The label is the likelier one; its threshold of yes only says what may be acted on."""
    labels = ("yes", "no")
    head = build_head(kind="sigmoid", labels=labels, thresholds={"yes": threshold, "no": 0.0})
    scores = np.asarray([[yes, 1 - yes]], dtype=np.float32)
    found = Decider([head])(scores)
    assert (found[0].tolist(), found[1].tolist()) == ([[best]], [[abstained]])


def test_a_bundle_without_the_line_answers_everybody(tmp_path: Path) -> None:
    """`default` is true unless head.toml says otherwise; a word in its place is refused."""
    assert build_head().manifest.default
    own = build_head(default=False)
    assert (own.manifest.default, own.info().default) == (False, False)
    with pytest.raises(BundleError, match=r"head\.toml: default"):
        write_bundle(tmp_path, table(default="no"), {}, [])
