"""Keeps the policy of a head's thresholds in its head.toml, in the table [x-policy]."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from heads.bundle.reading import BundleFiles
from heads.training.data.taxonomy import Task, ThresholdPolicy
from heads.training.errors import DataError


def policy_table(task: Task) -> dict[str, Any]:
    """Return the table; `target_precision` holds every label's, none under a recall policy.

    The name starts with x-, so that every release loads a bundle whatever stands in it.
    """
    policy = task.policy
    targets = {label: policy.target(label) for label in task.labels}
    return {
        "precision": policy.precision,
        "target_precision": None if policy.recall_of_yes is not None else targets,
        "recall_of_yes": policy.recall_of_yes,
        "never_decided": [f"{decided} for {truth}" for decided, truth in policy.protected],
    }


def policy_of(bundle: BundleFiles, default: ThresholdPolicy) -> ThresholdPolicy:
    """Read the policy back; `default` for a bundle that has none, and for what it leaves out.

    Raises DataError for a table that cannot be read, or labels that the head has not.
    """
    table = tomllib.loads(bundle.files["head.toml"].decode()).get("x-policy")
    if table is None:
        return default
    try:
        policy = _policy(table)
    except (AttributeError, TypeError, ValueError) as error:
        raise DataError(f"{bundle.location}: [x-policy] cannot be read: {error!r}") from error
    known = {label for label, _ in policy.precisions}
    known |= {label for pair in policy.protected for label in pair}
    if strangers := known - set(bundle.manifest.labels):
        named = ", ".join(sorted(strangers))
        raise DataError(f"{bundle.location}: [x-policy] names no label of the head: {named}")
    return policy


def _policy(table: Mapping[str, Any]) -> ThresholdPolicy:
    recall = table.get("recall_of_yes")
    pairs = (words.partition(" for ") for words in table.get("never_decided", ()))
    targets = table.get("target_precision", {})
    return ThresholdPolicy(
        precision=float(table.get("precision", ThresholdPolicy.precision)),
        recall_of_yes=None if recall is None else float(recall),
        protected=tuple((decided, truth) for decided, _, truth in pairs),
        precisions=tuple((label, float(target)) for label, target in targets.items()),
    )
