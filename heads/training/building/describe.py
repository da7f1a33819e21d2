"""Makes a head without labelled rows: prototypes of what its labels mean, measured one by one."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from heads.bundle.reading import read_folder
from heads.bundle.writing import publish_to
from heads.errors import BundleExistsError
from heads.manifest import Manifest
from heads.storage.catalog import Catalog
from heads.training.building.scaffold import next_version
from heads.training.building.trained import Trained, write
from heads.training.building.wanted import check_labels, check_name
from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.descriptions import EXAMPLE, Descriptions
from heads.training.data.splits import Fold
from heads.training.evaluation.out_of_fold import Judged, figures, judge
from heads.training.fitting.embeddings import EmbeddingStore
from heads.training.fitting.ensemble import Member
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.prototypes import Prototypes, learn_prototypes
from heads.training.fitting.recipe import MemberSpec, Recipe
from heads.training.fitting.unlike import Unlike, fit_map, held_out_distances, limit_of

_NOTE = "Prototypes of descriptions and examples; nothing was learnt from labelled mail."


@dataclass(frozen=True)
class Described:
    """A head that was made of descriptions; `rows` sentences, `measured` of them held out."""

    manifest: Manifest
    rows: int
    measured: int
    evaluation: dict[str, Any]


def make_described_head(
    name: str, descriptions: Descriptions, given: Dataset | None, store: EmbeddingStore,
    catalog: Catalog,
) -> Described:  # fmt: skip
    """Learn prototypes and put the bundle into the catalog; it has no role and no default.

    `given`: labelled rows to measure it on beside its own examples; it learns nothing from them.
    Raises DataError, BundleExistsError.
    """
    data = described_data(name, descriptions)
    spec = MemberSpec((f"mean@{store.layers}",))
    features = _features(data, spec, store)
    x = features.views(spec.views, np.arange(len(data)))
    is_example = [bool(r.fields[EXAMPLE]) for r in descriptions.records()]
    learnt = learn_prototypes(data, x, is_example)
    evaluation = _evaluation(data, learnt)
    if given is not None:
        evaluation["given"] = _measured(_judge_given(given, learnt, spec, store))
    trained = Trained(
        recipe=Recipe((spec,)),
        members=(Member(spec, learnt.network, None),),
        calibrated=learnt.calibrated,
        thresholds=learnt.thresholds,
        evaluation=evaluation,
        unlike=_unlike(data, spec, features),
        default=False,
    )
    version = next_version(catalog, name)
    with tempfile.TemporaryDirectory(prefix="heads-new-") as scratch:
        bundle = read_folder(write(trained, data, store, Path(scratch), version))
        if catalog.stamps(f"{name}/{version}/*"):
            raise BundleExistsError(f"{name}/{version} was written by somebody else")
        publish_to(catalog, bundle)
    return Described(bundle.manifest, len(data), int(learnt.measured.sum()), evaluation)


def described_data(name: str, descriptions: Descriptions) -> Dataset:
    """Return the sentences as rows of one task. Raises DataError for what no head may have."""
    check_name(name)
    labels = tuple(meaning.label for meaning in descriptions.labels)
    check_labels(labels)
    records = descriptions.records()
    task = infer_task(name, records, label_column="label")
    described = f"{descriptions.description} {_NOTE}".strip()
    task = replace(task, description=described)
    return make_dataset(task if task.is_yes_no else replace(task, labels=labels), records)


def _features(data: Dataset, spec: MemberSpec, store: EmbeddingStore) -> Features:
    return make_features(store.vectors(data.texts, spec.views, data.contexts), data.texts, None)


def _evaluation(data: Dataset, learnt: Prototypes) -> dict[str, Any]:
    """Return the figures of the examples, each held out; all sentences where there are none."""
    rows = np.flatnonzero(learnt.measured) if learnt.measured.any() else np.arange(len(data))
    return {"random": _measured(judge(data.rows(rows), learnt.scores[rows], learnt.thresholds))}


def _measured(judged: Judged) -> dict[str, Any]:
    curves = {
        "confidence": judged.confidence.round(4).tolist(),
        "correct": judged.correct.astype(int).tolist(),
    }
    return {**figures(judged), "curves": curves}


def _judge_given(
    given: Dataset, learnt: Prototypes, spec: MemberSpec, store: EmbeddingStore
) -> Judged:
    x = _features(given, spec, store).views(spec.views, np.arange(len(given)))
    scores = learnt.calibrated.apply([learnt.network.logits(x)])
    return judge(given, scores, learnt.thresholds)


def _unlike(data: Dataset, spec: MemberSpec, features: Features) -> Unlike:
    """Return the limit that every sentence stays within without itself."""
    everything = np.arange(len(data))
    folds = [Fold(np.delete(everything, row), everything[[row]]) for row in everything]
    distances = held_out_distances(spec.views, data, [features] * len(folds), folds)
    x = features.views(spec.views, everything)
    return Unlike(fit_map(spec.views, x, data.strata), limit_of(distances), {})
