"""Measures what a version turns away as unlike anything learnt: good replies, and junk."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from scipy.special import bdtrc

from heads.bundle.facts import METRICS_FILE
from heads.bundle.reading import BundleFiles
from heads.training.behaviour.measure import Version
from heads.training.building.evaluate import distances_of
from heads.training.data.dataset import Dataset
from heads.training.fitting.embeddings import EmbeddingStore, Pair
from heads.training.metrics import Floats, auroc

BOUND = 0.01
"""The share of good replies that a limit may cost."""

_SIGNIFICANCE = 0.05

StoreFor = Callable[[str], EmbeddingStore]


@dataclass(frozen=True)
class TurnedAway:
    """What one version's limit does: of `rows` good replies, `lost` are abstained from.

    `caught` of `strange` texts of other kinds are, too, and `auroc` is how well distances tell
    the two apart; None where no such texts were given.
    """

    rows: int
    lost: int
    strange: int = 0
    caught: int = 0
    auroc: float | None = None

    def record(self) -> dict[str, Any]:
        """Return the figures as the audit keeps them."""
        counts = {"rows": self.rows, "lost": self.lost}
        if self.auroc is None:
            return counts
        return {
            **counts,
            "strange": self.strange,
            "caught": self.caught,
            "auroc": round(self.auroc, 4),
        }


@dataclass(frozen=True)
class UnlikeFigure:
    """A version's limit on unlike texts, production's beside it where it has one."""

    new: TurnedAway
    old: TurnedAway | None = None

    @property
    def met(self) -> bool:
        """Whether the share of replies lost is within the bound."""
        return self.new.lost <= BOUND * self.new.rows

    @property
    def worse(self) -> bool:
        """Whether more replies are lost than the bound allows and chance explains."""
        return bool(bdtrc(self.new.lost - 1, self.new.rows, BOUND) < _SIGNIFICANCE)

    def reason(self) -> str:
        """Put the refusal into words."""
        share = self.new.lost / self.new.rows
        return (
            f"{self.new.lost} of {self.new.rows} replies ({share:.1%}) are turned away as unlike "
            f"anything learnt; {BOUND:.0%} is allowed"
        )

    def record(self) -> dict[str, Any]:
        """Return the figures as the audit keeps them."""
        production = {} if self.old is None else {"production": self.old.record()}
        return {**self.new.record(), "bound": BOUND, "met": self.met, **production}


def measure_unlike(
    new: Version,
    old: Version | None,
    data: Dataset,
    strange: Sequence[Pair],
    store_for: StoreFor,
) -> UnlikeFigure | None:
    """Measure a version on good replies that it has not learnt from, and on texts of other kinds.

    Rows in a language that the version has not learnt are left out: they are unlike, and ought to
    be. None for a version without a limit, or where no row is left.
    """
    turned_away = _turned_away(new, data, strange, store_for)
    if turned_away is None:
        return None
    return UnlikeFigure(
        turned_away, None if old is None else _turned_away(old, data, strange, store_for)
    )


def _turned_away(
    version: Version, data: Dataset, strange: Sequence[Pair], store_for: StoreFor
) -> TurnedAway | None:
    manifest = version.head.manifest
    known = [row for row, at in enumerate(data.languages) if _has_learnt(version.files, at)]
    if manifest.unlike is None or not known:
        return None
    store, limit = store_for(manifest.fingerprint), manifest.unlike.limit
    pairs = [(data.texts[row], data.contexts[row]) for row in known]
    good: Floats = distances_of(version.head, pairs, store)
    lost = int((~(good <= limit)).sum())
    if not strange:
        return TurnedAway(len(known), lost)
    far: Floats = distances_of(version.head, strange, store)
    caught = int((~(far <= limit)).sum())
    return TurnedAway(len(known), lost, len(strange), caught, auroc(good, far))


def _has_learnt(files: BundleFiles, language: str) -> bool:
    """Tell whether a bundle learnt rows in the language; so it did where either names none."""
    with suppress(ValueError, KeyError, TypeError):
        return not language or language in json.loads(files.files[METRICS_FILE])["languages"]
    return True
