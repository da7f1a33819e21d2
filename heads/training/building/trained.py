"""Holds a learnt head, and writes it as a bundle with card, metrics and pictures."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heads.bundle.writing import write_bundle
from heads.inference.head import Head
from heads.manifest import FORMAT, build
from heads.training.building.encoder import encoder_record
from heads.training.building.golden import golden_rows
from heads.training.building.order import FACT, TrainingRecord
from heads.training.building.policy import policy_table
from heads.training.data.dataset import MACHINE_MADE, Dataset, label_counts
from heads.training.data.provenance import (
    BEHAVIOUR_FACT,
    ROWS_FILE,
    data_digest,
    pack_rows,
    row_keys,
)
from heads.training.data.taxonomy import Task
from heads.training.evaluation.model_card import model_card, pack_metrics
from heads.training.evaluation.plots import draw_pictures
from heads.training.fitting.calibrated_ensemble import Calibrated
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.ensemble import Member
from heads.training.fitting.recipe import Recipe
from heads.training.fitting.thresholds import floored
from heads.training.fitting.unlike import Unlike

NO_FINGERPRINT = "sha256:" + "0" * 64
"""Of the encoder, and of files, that a head in memory does not name."""


@dataclass(frozen=True)
class Trained:
    """A learnt head before it is written: recipe, members, calibration, thresholds, figures.

    `unlike` is None where no member reads a view; `default` as planned. `behaviour`: what was
    measured of its behaviour out of fold, for metrics.json; may be empty. `cross_fitted`: figures
    are by other encoders than the one it learnt on, none of which had seen the judged row.
    `record`: what `heads retrain` repeats it by.
    """

    recipe: Recipe
    members: tuple[Member, ...]
    calibrated: Calibrated
    thresholds: Mapping[str, float]
    evaluation: Mapping[str, Any]
    unlike: Unlike | None = None
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    default: bool = True
    cross_fitted: bool = False
    record: TrainingRecord | None = None


def write(
    trained: Trained, data: Dataset, store: EmbeddingStore, catalog: Path, version: str
) -> Path:
    """Write the bundle with card, metrics, pictures and what it learnt from; the folder it is in.

    What its encoder was tuned on counts as learnt from. Raises heads.errors.BundleExistsError when
    the version exists.
    """
    table = _head_table(trained, data.task, store.fingerprint, version)
    facts = {
        "name": data.task.name,
        "version": version,
        "rows": len(data),
        "labels": dict(label_counts(data)),
        "languages": dict(Counter(data.languages).most_common()),
        "data_sha256": data_digest(data),
        "encoder": store.fingerprint,
        "encoder_record": encoder_record(data, store, judged_by_others=trained.cross_fitted),
        "runtime": store.runtime,
        "recipe": trained.recipe.as_table(),
        "thresholds": dict(trained.thresholds),
        "evaluation": trained.evaluation,
        **({MACHINE_MADE: sum(data.machine_made)} if data.machine_made else {}),
        **({FACT: trained.record.as_table()} if trained.record else {}),
        **({BEHAVIOUR_FACT: trained.behaviour} if trained.behaviour else {}),
    }
    if trained.unlike is not None:
        facts["unlike"] = {"limit": trained.unlike.limit, "held_out": trained.unlike.held_out}
    extra = {"metrics.json": pack_metrics(facts), **draw_pictures(data.task, trained.evaluation)}
    extra["README.md"] = model_card(data.task, facts).encode()
    extra[ROWS_FILE] = pack_rows(row_keys(data) | store.tuned_on)
    return write_bundle(
        catalog, table, _weights(trained), golden_rows(data, store, trained.recipe), extra
    )


def head_in_memory(trained: Trained, task: Task) -> Head:
    """Return the head that the bundle would hold, weights in half precision as there."""
    arrays = _weights(trained)
    digests = dict.fromkeys(("weights.safetensors", "golden.json"), NO_FINGERPRINT)
    table = {**_head_table(trained, task, NO_FINGERPRINT, "1"), "format": FORMAT, "files": digests}
    manifest = build(table, "head in memory")
    return Head.build(manifest, {name: array.astype(np.float32) for name, array in arrays.items()})


def _head_table(trained: Trained, task: Task, fingerprint: str, version: str) -> dict[str, Any]:
    recipe, calibrated = trained.recipe, trained.calibrated
    table: dict[str, Any] = {
        "name": task.name,
        "version": version,
        "kind": task.kind,
        "labels": list(task.labels),
        "description": task.description,
        "fingerprint": fingerprint,
        "created": datetime.datetime.now(tz=datetime.UTC).date(),
        "thresholds": {label: floored(value) for label, value in trained.thresholds.items()},
        "members": [
            {
                "views": list(spec.views),
                "normalise": "l2",
                "lexical": spec.lexical,
                "hidden": spec.shape.hidden,
                "activation": "relu",
            }
            for spec in recipe.members
        ],
        "x-policy": policy_table(task),
    }
    if not trained.default:
        table["default"] = False
    if trained.unlike is not None:
        table["unlike"] = trained.unlike.as_table()
    if task.parent_head is not None:
        table["depends_on"] = {"head": task.parent_head, "label": task.parent_label}
    if calibrated.temperature is not None:
        table["calibration"] = {"temperature": calibrated.temperature}
    elif calibrated.platt is not None:
        columns = task.labels[:1] if task.is_yes_no else task.labels
        pairs = zip(columns, calibrated.platt, strict=True)
        table["calibration"] = {"platt": {label: list(pair) for label, pair in pairs}}
    if recipe.reads_text:
        table["lexical"] = {**asdict(recipe.lexical), "idf": True}
    return table


def _weights(trained: Trained) -> dict[str, NDArray[Any]]:
    """Return the arrays of weights.safetensors, members' scales folded into last layers.

    Matrices are stored in half precision: golden.json is recorded from what is stored.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for index, (member, scale) in enumerate(
        zip(trained.members, trained.calibrated.scales, strict=True)
    ):
        network = member.network.scaled(scale)
        arrays[f"m{index}.w0"] = network.w0.astype(np.float16)
        arrays[f"m{index}.b0"] = network.b0.astype(np.float32)
        if network.w1 is not None and network.b1 is not None:
            arrays[f"m{index}.w1"] = network.w1.astype(np.float16)
            arrays[f"m{index}.b1"] = network.b1.astype(np.float32)
        if member.idf is not None:
            arrays["lexical.idf"] = member.idf.astype(np.float32)
    if trained.unlike is not None:
        arrays["unlike.w0"] = trained.unlike.map.w0.astype(np.float16)
        arrays["unlike.b0"] = trained.unlike.map.b0
    return arrays
