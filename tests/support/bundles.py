"""Small random bundles for the tests of heads, and what they must answer by the plain formulas."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from heads.bundle.writing import write_bundle
from heads.inference import lexical
from heads.inference.head import Head
from heads.manifest import Manifest
from heads.prediction import FeatureRow
from tests.support.roles import point

FINGERPRINT = "sha256:" + "0" * 64
VIEWS = ("mean@3", "mean@6")
DIM = 8
BUCKETS = 64


def feature_rows(count: int, seed: int = 0, dim: int = DIM) -> list[FeatureRow]:
    """Draw random vectors and short texts."""
    rng = np.random.default_rng(seed)
    return [
        FeatureRow(
            {view: rng.normal(size=dim).astype(np.float32) for view in VIEWS},
            f"No budget before Q{place % 4 + 1}, ask Jane {'please ' * (place % 5)}!",
        )
        for place in range(count)
    ]


def table(
    name: str = "intent",
    version: str = "1",
    kind: str = "softmax",
    labels: Sequence[str] = ("positive", "objection", "other"),
    members: Sequence[dict[str, Any]] = ({"views": ["mean@3"]},),
    **changes: Any,
) -> dict[str, Any]:
    """Make the content of head.toml, without `format` and `files`."""
    content: dict[str, Any] = {
        "name": name,
        "version": version,
        "kind": kind,
        "labels": list(labels),
        "description": "made for a test",
        "fingerprint": FINGERPRINT,
        "created": datetime.date(2026, 11, 21),
        "thresholds": dict.fromkeys(labels, 0.4),
        "members": [dict(member) for member in members],
    }
    if any(member.get("lexical") for member in members):
        content["lexical"] = {"buckets": BUCKETS, "idf": True}
    return {**content, **changes}


def weights(made: dict[str, Any], seed: int = 0, dim: int = DIM) -> dict[str, Any]:
    """Draw random tensors of the shapes that a table asks for."""
    rng = np.random.default_rng(seed)
    binary = made["kind"] == "sigmoid" and tuple(made["labels"]) == ("yes", "no")
    columns = 1 if binary else len(made["labels"])
    tensors: dict[str, Any] = {}
    if made.get("lexical", {}).get("idf"):
        tensors["lexical.idf"] = rng.uniform(0.5, 2, BUCKETS)
    for place, member in enumerate(made["members"]):
        text = BUCKETS if member.get("lexical") else 0
        size, hidden = len(member.get("views", ())) * dim + text, member.get("hidden", 0)
        tensors[f"m{place}.w0"] = rng.normal(size=(size, hidden or columns))
        tensors[f"m{place}.b0"] = rng.normal(size=hidden or columns)
        if hidden:
            tensors[f"m{place}.w1"] = rng.normal(size=(hidden, columns))
            tensors[f"m{place}.b1"] = rng.normal(size=columns)
    if unlike := made.get("unlike"):
        width = unlike["rank"] + len(made["labels"])
        tensors["unlike.w0"] = rng.normal(size=(len(unlike["views"]) * dim, width)) / 3
        tensors["unlike.b0"] = rng.normal(size=width) / 3
    return {key: value.astype(np.float32) for key, value in tensors.items()}


def make_bundle(catalog: Path, seed: int = 0, **changes: Any) -> Path:
    """Write a random bundle and return its folder."""
    made = table(**changes)
    return write_bundle(catalog, made, weights(made, seed), feature_rows(3, seed=9))


def put_live(catalog: Path, seed: int = 0, **changes: Any) -> Path:
    """Write a random bundle and make it production."""
    folder = make_bundle(catalog, seed, **changes)
    point(folder.parent, "production", folder.name)
    return folder


def build_head(seed: int = 0, **changes: Any) -> Head:
    """Build a random head that no folder holds."""
    made = table(**changes)
    files = dict.fromkeys(("weights.safetensors", "golden.json"), FINGERPRINT)
    manifest = Manifest.model_validate({"format": 1, **made, "files": files})
    return Head.build(manifest, weights(made, seed))


def expected(made: dict[str, Any], tensors: dict[str, Any], row: FeatureRow) -> np.ndarray:
    """Return one row's calibrated scores by the plain formulas, in float64."""
    mean = np.mean([_member(made, tensors, row, m) for m in range(len(made["members"]))], axis=0)
    calibration = made.get("calibration", {})
    if made["kind"] == "softmax":
        return _softmax(np.log(np.maximum(mean, 1e-12)) / calibration.get("temperature", 1.0))
    binary = tuple(made["labels"]) == ("yes", "no")
    columns = ["yes"] if binary else made["labels"]
    platt = calibration.get("platt", {})
    slope, offset = np.array([platt.get(column, (1.0, 0.0)) for column in columns]).T
    odds = np.log(np.maximum(mean, 1e-12)) - np.log(np.maximum(1 - mean, 1e-12))
    scores = _sigmoid(slope * odds + offset)
    return np.array([scores[0], 1 - scores[0]]) if binary else scores


def distance(made: dict[str, Any], tensors: dict[str, Any], row: FeatureRow) -> float:
    """Return how far one row is from what was learnt, by the plain formula, in float64."""
    views = made["unlike"]["views"]
    vectors = [row.vectors[view].astype(np.float64) for view in views]
    x = np.concatenate([vector / np.linalg.norm(vector) for vector in vectors])
    columns = x @ tensors["unlike.w0"] + tensors["unlike.b0"]
    spread, nearest = np.split(columns, [made["unlike"]["rank"]])
    return float(len(views) - (spread**2).sum() - nearest.max())


def _member(made: dict[str, Any], tensors: dict[str, Any], row: FeatureRow, m: int) -> np.ndarray:
    member = made["members"][m]
    parts = []
    for view in member.get("views", ()):
        vector = row.vectors[view].astype(np.float64)
        parts.append(vector / np.linalg.norm(vector) if member.get("normalise") == "l2" else vector)
    if member.get("lexical"):
        config = lexical.LexicalConfig(BUCKETS)
        indices, values = lexical.normalised(
            lexical.features(row.text, config), tensors.get("lexical.idf")
        )
        sparse = np.zeros(BUCKETS)
        np.add.at(sparse, indices, values)
        parts.append(sparse)
    logits = np.concatenate(parts) @ tensors[f"m{m}.w0"] + tensors[f"m{m}.b0"]
    if member.get("hidden"):
        logits = np.maximum(logits, 0) @ tensors[f"m{m}.w1"] + tensors[f"m{m}.b1"]
    return _softmax(logits) if made["kind"] == "softmax" else _sigmoid(logits)


def _softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum())


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-logits)))
