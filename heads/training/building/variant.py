"""Writes a bundle once more under another version: the same weights, another head.toml."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.numpy

from heads.bundle import selftest
from heads.bundle.reading import BundleFiles
from heads.bundle.writing import write_bundle
from heads.training.data.taxonomy import Task
from heads.training.evaluation.model_card import model_card, pack_metrics

_REWRITTEN = ("head.toml", "weights.safetensors", "golden.json", "metrics.json", "README.md")


def write_variant(
    catalog: Path,
    bundle: BundleFiles,
    task: Task,
    changes: Mapping[str, Any],
    facts: Mapping[str, Any],
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write it with `changes` of head.toml's tables, `version` among them; return its folder.

    `facts` go into metrics.json and the card; `extra` replaces further files. Golden inputs stay,
    the other files too. Raises BundleExistsError when the version exists.
    """
    files = {name: content for name, content in bundle.files.items() if name not in _REWRITTEN}
    files["metrics.json"] = pack_metrics(facts)
    files["README.md"] = model_card(task, facts).encode()
    table = tomllib.loads(bundle.files["head.toml"].decode())
    kept = {key: value for key, value in table.items() if key not in ("format", "files")}
    today = datetime.datetime.now(tz=datetime.UTC).date()
    golden = selftest.parse(bundle.files["golden.json"], bundle.location)
    return write_bundle(
        catalog,
        {**kept, "created": today, **changes},
        safetensors.numpy.load(bundle.files["weights.safetensors"]),
        [row.features for row in golden],
        {**files, **(extra or {})},
    )
