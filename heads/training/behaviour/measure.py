"""Measures the behaviour of one version, or of two on the same cases, and compares them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from math import comb
from typing import Any

import numpy as np

from heads.bundle.reading import BundleFiles
from heads.inference.head import Head
from heads.manifest import Manifest
from heads.training.behaviour.material import Material, clear_replies
from heads.training.behaviour.outcomes import answerer
from heads.training.behaviour.recorded import recorded
from heads.training.behaviour.suite import CLEAR, trials
from heads.training.behaviour.trials import Result, run
from heads.training.data.dataset import make_dataset
from heads.training.data.provenance import unseen
from heads.training.data.tables import Record
from heads.training.data.taxonomy import REPLY_TASKS, Task
from heads.training.fitting.embeddings import EmbeddingStore

SIGNIFICANCE = 0.05
"""Chance, over all kinds together, of refusing a version that is as good as production."""

StoreFor = Callable[[str], EmbeddingStore]


@dataclass(frozen=True)
class Version:
    """One version of a head: what answers, and the files that tell what it learnt from."""

    head: Head
    files: BundleFiles


@dataclass(frozen=True)
class Compared:
    """One kind of test: the new version's result beside production's, None where there is none.

    `worse` and `better` count the texts in which the new version fails more often, and less often.
    `p` is the chance of at least so many `worse` among both if each were as likely (a one-sided
    sign test; exact, and with one case a text McNemar's). `refused`: p is so low that it refuses.
    """

    new: Result
    old: Result | None = None
    worse: int = 0
    better: int = 0
    p: float = 1.0
    refused: bool = False

    def reason(self) -> str:
        """Put the refusal into words."""
        old = self.old.rate if self.old is not None else 0.0
        return (
            f"{self.new.kind}: failures {old:.3f} -> {self.new.rate:.3f}, worse in {self.worse} "
            f"texts and better in {self.better} (p {self.p:.2g})"
        )

    def record(self) -> dict[str, Any]:
        """Return the figures as the audit keeps them."""
        low, high = self.new.interval
        table: dict[str, Any] = {
            "cases": self.new.cases,
            "failures": self.new.failures,
            "interval": [round(low, 4), round(high, 4)],
            "bound": self.new.bound,
            "met": self.new.met,
        }
        if self.old is not None:
            table["production_failures"] = self.old.failures
            table |= {"worse": self.worse, "better": self.better, "p": round(self.p, 5)}
            table["refused"] = self.refused
        return table


@dataclass(frozen=True)
class Behaviour:
    """All kinds of test of one head; `notes` say what could not be measured."""

    kinds: tuple[Compared, ...]
    notes: tuple[str, ...] = ()


def reply_task(manifest: Manifest) -> Task | None:
    """Return the task that the suite knows a head by; None for any other head."""
    task = REPLY_TASKS.get(manifest.name)
    if task is None or set(task.labels) != set(manifest.labels) or task.kind != manifest.kind:
        return None
    return task


def measure(
    new: Version, old: Version | None, material: Material, store_for: StoreFor
) -> Behaviour:
    """Measure a version, and production on the same cases; empty for a head of other labels.

    Each is asked on the vectors of its own encoder. Clear replies that a version learnt from are
    taken from the record of its training, by members that had not seen them; where there is none,
    they are left out, for both.
    """
    task = reply_task(new.head.manifest)
    if task is None or (old is not None and reply_task(old.head.manifest) is None):
        return Behaviour((), ("behaviour is measured for the reply heads' own labels only",))
    clear = clear_replies(task, material.replies, material.second)
    results = [
        _results(task, version, material, clear, store_for)
        for version in (new, old)
        if version is not None
    ]
    notes = _notes(results[0], len(clear))
    if old is None:
        return Behaviour(tuple(Compared(result) for result in results[0] if result.cases), notes)
    return Behaviour(compare(results[0], results[1]), notes)


def compare(new: Sequence[Result], old: Sequence[Result]) -> tuple[Compared, ...]:
    """Compare two versions' results on the texts that both have, kind by kind.

    The new one is refused for a kind with p below 0.05 shared out evenly among the kinds that are
    compared (Bonferroni). Kinds without a common text are left out.
    """
    pairs = [_common(n, o) for n, o in zip(new, old, strict=True)]
    pairs = [pair for pair in pairs if pair[0].cases]
    level = SIGNIFICANCE / max(1, sum(result.compared for result, _ in pairs))
    return tuple(_compared(n, o, level) for n, o in pairs)


def _common(new: Result, old: Result) -> tuple[Result, Result]:
    groups = set(new.groups) & set(old.groups)
    return new.only(groups), old.only(groups)


def _compared(new: Result, old: Result, level: float) -> Compared:
    before, after = old.rate_by_group(), new.rate_by_group()
    apart = np.array([after[group] - before[group] for group in after])
    worse, better = int((apart > 0).sum()), int((apart < 0).sum())
    p = _sign_test(worse, better)
    return Compared(new, old, worse, better, p, new.compared and p < level)


def _sign_test(worse: int, better: int) -> float:
    """Return the chance of at least `worse` heads in `worse + better` tosses of a coin."""
    tosses = worse + better
    ways: int = sum(comb(tosses, heads) for heads in range(worse, tosses + 1))
    return float(ways / 2**tosses)


def _results(
    task: Task, version: Version, material: Material, clear: Sequence[Record], store_for: StoreFor
) -> tuple[Result, ...]:
    """Ask a version, and add what its training recorded of clear replies that it learnt from."""
    manifest = version.head.manifest
    texts = [str(record.fields["text"]) for record in clear]
    built = trials(task, material, texts, _fresh(task, version, clear))
    ask = answerer(version.head, store_for(manifest.fingerprint))
    stored = recorded(version.files)
    return tuple(
        result.with_counts(stored.get(result.kind, {}))
        for result in run(built, manifest.labels, ask)
    )


def _fresh(task: Task, version: Version, clear: Sequence[Record]) -> frozenset[str]:
    """Return the clear replies that a version did not learn from; none where that is unknown."""
    if not clear:
        return frozenset()
    data = make_dataset(task, clear)
    mask = unseen(version.files, data)
    return frozenset() if mask is None else frozenset(compress(data.texts, mask))


def _notes(results: Sequence[Result], clear: int) -> tuple[str, ...]:
    tried = [len(set(result.groups)) for result in results if result.kind.startswith(CLEAR)]
    if not tried or tried[0] == clear:
        return ()
    return (f"{tried[0]} of {clear} clear replies tried: it learnt from the others",)
