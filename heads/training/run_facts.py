"""Turns a bundle into the parameters, figures and tags of the run that made it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from heads.bundle.facts import METRICS_FILE
from heads.bundle.reading import BundleFiles, learnt_digest
from heads.training.building.order import FACT
from heads.training.errors import TrackingError

DIGEST, LEARNT, VERSION, DATA, CODE = (
    f"trunkline.{name}" for name in ("bundle", "learnt", "version", "data", "code")
)
"""Tags of runs and model versions: digest of head.toml, of what was learnt, version, rows, code."""

_KEY = re.compile(r"[^\w\-./ ]")
_LONGEST = 500


def facts_of(bundle: BundleFiles) -> dict[str, Any]:
    """Return the bundle's metrics.json. Raises TrackingError where it is missing or no table."""
    try:
        return dict(json.loads(bundle.files[METRICS_FILE]))
    except (KeyError, ValueError, TypeError) as error:
        raise TrackingError(f"{bundle.location}: no readable {METRICS_FILE}") from error


def params_of(bundle: BundleFiles, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what the training was asked, or the recipe alone where that is not recorded."""
    order = facts.get(FACT, {}).get("order", {})
    recipe = facts.get("recipe", {})
    members = recipe.get("members", [])
    params = {
        **{name: value for name, value in order.items() if value not in (None, [], "")},
        "kind": bundle.manifest.kind,
        "views": ",".join(bundle.manifest.views),
        "weighting": recipe.get("weighting"),
        "encoder": bundle.manifest.fingerprint,
        "runtime": facts.get("runtime"),
        **{f"member.{n}": json.dumps(member) for n, member in enumerate(members)},
    }
    return {_KEY.sub("_", name): str(value)[:_LONGEST] for name, value in params.items()}


def metrics_of(facts: Mapping[str, Any]) -> dict[str, float]:
    """Return every single figure of the evaluation by its path, e.g. `source.labels.yes.f1`."""
    figures = dict(_numbers(facts.get("evaluation", {}), ()))
    thresholds = {f"threshold.{key}": float(v) for key, v in facts.get("thresholds", {}).items()}
    return {_KEY.sub("_", key): value for key, value in {**figures, **thresholds}.items()}


def tags_of(bundle: BundleFiles, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what a run and its model version are found by, and the commit."""
    state = facts.get(FACT, {}).get("state", {})
    commit = str(state.get("commit", "unknown"))
    return {
        DIGEST: bundle.digest,
        LEARNT: learnt_digest(bundle),
        VERSION: bundle.manifest.version,
        DATA: str(facts.get("data_sha256", "unknown")),
        "trunkline.encoder": bundle.manifest.fingerprint,
        CODE: str(state.get("code", "unknown")),
        "trunkline.dirty": str(commit.endswith("-dirty")).lower(),
        "mlflow.source.git.commit": commit.removesuffix("-dirty"),
        "mlflow.source.name": f"heads {bundle.manifest.name}/{bundle.manifest.version}",
    }


def _numbers(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _numbers(item, (*path, str(key)))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield ".".join(path), float(value)
