"""Reads metrics.json, what a training recorded of its version: serving needs nothing of it."""

from __future__ import annotations

import json
from typing import Any

from heads.bundle.reading import BundleFiles
from heads.errors import BundleError

METRICS_FILE = "metrics.json"


def read_facts(bundle: BundleFiles) -> dict[str, Any]:
    """Return the table of a bundle's metrics.json, an empty one where there is no such file.

    Raises BundleError where it holds anything else.
    """
    content = bundle.files.get(METRICS_FILE, b"{}")
    try:
        facts = json.loads(content)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise BundleError(bundle.location, [f"{METRICS_FILE}: holds no JSON table"])
    return facts


def table_at(facts: Any, *names: str) -> dict[str, Any]:
    """Return the table that stands under these names; an empty one where none does."""
    for name in names:
        facts = facts.get(name) if isinstance(facts, dict) else None
    return facts if isinstance(facts, dict) else {}
