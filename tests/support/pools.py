"""Stand-ins for the gateway's tests: pools that answer in memory, and random bundles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from embedder.testing.embedder import FAKE_FINGERPRINT
from heads.bundle.writing import write_bundle
from heads.explanation import HeadAttribution, LinearForm
from heads.lifecycle import aliases
from heads.policy import Bounds
from heads.prediction import (
    AttributionRequest,
    FeatureRow,
    HeadInfo,
    HeadScores,
    HeadSet,
    PredictRequest,
    unavailable_scores,
)
from tests.support.roles import point

DIM = 8
OTHER = "sha256:" + "2" * 64


def info(name: str, version: str = "1", **changes: Any) -> HeadInfo:
    """Describe a head that is served."""
    head = HeadInfo(
        name, version, "softmax", ("yes", "no"), ("mean@3",), False, None, None,
        FAKE_FINGERPRINT, "serving", "", "",
    )  # fmt: skip
    return replace(head, **changes)


@dataclass
class FakePool:
    """A pool whose versions answer every row with one label, of which they are certain.

    Versions are written `name@version`. `labels` maps one to its label, "yes" where it is not
    named; those of `unsure` abstain; `broken` maps one to the status that it answers with.
    `calls` keeps the names asked for, the number of rows and the encoder's fingerprint. `unseen` is
    served once the newest is asked for. While `asking` what is served has to be waited for.
    """

    served: HeadSet
    labels: dict[str, str] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    broken: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[tuple[str, ...], int, str]] = field(default_factory=list)
    closed: bool = False
    unseen: HeadSet | None = None
    asking: bool = False
    dim: int = DIM

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """Return what is served now, or first what becomes of it once somebody looks."""
        if newest and self.unseen is not None:
            self.served, self.unseen = self.unseen, None
        return self.served

    def known_head_set(self) -> HeadSet | None:
        """Return what is served now, unless `asking`."""
        return None if self.asking else self.served

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """Answer at once."""
        count = len(request.rows)
        self.calls.append((tuple(request.names), count, request.fingerprint))
        return {name: self._answer(name, request.head_set, count) for name in request.names}

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """Explain by weights of one, and by no words."""
        name, version = request.ref()
        if f"{name}@{version}" in self.broken:
            return HeadAttribution(name, version, self.broken[f"{name}@{version}"])
        views = request.head_set.heads[name].views
        vectors = {view: np.ones(self.dim, np.float32) for view in views}
        return HeadAttribution(name, version, "ok", "", LinearForm(vectors, True, 0.5))

    def close(self) -> None:
        """Note that it is closed."""
        self.closed = True

    def _answer(self, asked: str, head_set: HeadSet, rows: int) -> HeadScores:
        name, _, version = asked.partition("@")
        version = version or head_set.heads[name].version
        pin = f"{name}@{version}"
        if pin in self.broken:
            return unavailable_scores(name, version, self.broken[pin], "")
        best = ("yes", "no").index(self.labels.get(pin, "yes"))
        table = np.full((rows, 2), 0.1, dtype=np.float32)
        table[:, best] = 0.9
        abstained = (pin in self.unsure,) * rows
        labels = ("yes", "no")
        return HeadScores(name, version, "ok", labels, table, (best,) * rows, (0.5, 0.5), abstained)


def head_set(
    *heads: HeadInfo,
    candidates: Iterable[HeadInfo] = (),
    shadows: Iterable[HeadInfo] = (),
    generation: int = 1,
) -> HeadSet:
    """Make a set of production heads, with candidates and shadows beside them."""
    return HeadSet(
        generation,
        {head.name: head for head in heads},
        {head.name: head for head in candidates},
        {head.name: head for head in shadows},
    )


def candidate(name: str, version: str = "2", share: float = 1.0, **bounds: Any) -> HeadInfo:
    """Describe a version that answers a share, with these bounds."""
    return info(name, version, share=share, bounds=Bounds(**bounds))


def write_head(
    catalog: Path,
    name: str,
    labels: Sequence[str],
    parent: tuple[str, str] | None = None,
    fingerprint: str = FAKE_FINGERPRINT,
    *,
    version: str = "1",
    seed: int | None = None,
    role: aliases.Role | None = "production",
    share: float | None = None,
    **tables: Any,
) -> None:
    """Write a head with random weights into a catalog and give it `role`, unless that is None."""
    rng = np.random.default_rng(len(name) if seed is None else seed)
    table: dict[str, Any] = {
        "name": name,
        "version": version,
        "kind": "softmax",
        "labels": list(labels),
        "description": "random",
        "fingerprint": fingerprint,
        "created": "2026-01-01",
        "calibration": {"temperature": 1.0},
        "thresholds": {**dict.fromkeys(labels, 0.0), "margin": 0.0},
        "members": [{"views": ["mean@3"], "normalise": "none", "lexical": False, "hidden": 0}],
        **tables,
    }
    if parent is not None:
        table["depends_on"] = {"head": parent[0], "label": parent[1]}
    weights = {
        "m0.w0": rng.standard_normal((DIM, len(labels)), dtype=np.float32),
        "m0.b0": np.zeros(len(labels), dtype=np.float32),
    }
    rows = [FeatureRow({"mean@3": rng.standard_normal(DIM, dtype=np.float32)}) for _ in range(3)]
    write_bundle(catalog, table, weights, rows)
    if role is not None:
        point(catalog / name, role, version, share)
