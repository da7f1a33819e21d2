"""Write the heads that peers compute: as many as are shipped, with their labels, linear."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

from loadtests.stack.catalogs import SHIPPED, production_versions

SEED = 20261129


def write_product(path: Path, dim: int, catalog: Path = SHIPPED) -> int:
    """Write `catalog`'s production heads for `product.Product` (.npz); return how many they are.

    Weights are drawn: answers have the shape and the cost of real ones, and no meaning. Ours read
    three layers and words too, which no server of one embedding could give them.
    """
    labels: list[str] = []
    starts, heads = [], []
    for name, version in production_versions(catalog).items():
        manifest = tomllib.loads((catalog / name / version / "head.toml").read_text("utf-8"))
        heads.append(name)
        starts.append(len(labels))
        labels += manifest["labels"]
    draw = np.random.default_rng(SEED)
    np.savez(
        path,
        weights=draw.normal(size=(dim, len(labels))).astype(np.float32),
        bias=np.zeros(len(labels), np.float32),
        starts=np.array(starts), heads=np.array(heads), labels=np.array(labels),
    )  # fmt: skip
    return len(heads)
