"""Trains and scores heads on public intent sets by one recipe, nothing chosen on a test set."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from heads.training.benchmark import several_labels
from heads.training.benchmark.encoders import Encoders, Stores
from heads.training.benchmark.out_of_scope import told_apart
from heads.training.benchmark.settings import (
    SETTINGS,
    Setting,
    published_figures,
    training_records,
)
from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.tables import Record, read_records
from heads.training.data.taxonomy import Task
from heads.training.errors import DataError
from heads.training.fitting.ensemble import fit_member
from heads.training.fitting.features import Features, make_features
from heads.training.fitting.fit import Shape
from heads.training.fitting.recipe import MemberSpec, Recipe
from heads.training.fitting.strength import Choice, choose_by_fold, linear_members, path

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

# One recipe for every set and every size of training set: two linear members, one of the last
# layer and one of the last four, one with a hidden layer, one on n-grams. Which of them stay,
# and the strengths of the linear ones, heads.training.fitting.strength chooses on training rows.
VIEWS = ("mean@3", "mean@4", "mean@5", "mean@6")
RECIPE = Recipe(
    (
        MemberSpec(VIEWS[3:], Shape()),
        MemberSpec(VIEWS, Shape()),
        MemberSpec(VIEWS[2:], Shape(hidden=512, l2=0.05, dropout=0.5)),
        MemberSpec(()),
    ),
)
# Shares of held-out training rows that an out-of-scope threshold turns away: no out-of-scope text
# and no test text has a say in them.
_REFUSED_SHARES = (0.05, 0.01)


@dataclass(frozen=True)
class Result:
    """Figures per seed on the test rows, the floor's accuracy, and the members chosen.

    `refusals` (seeds, thresholds, 2), empty without out-of-scope texts: their recall, and in-scope
    accuracy at the same threshold, texts turned away counted as errors. `unlike` says then how well
    scores and distances tell such texts apart.
    """

    accuracies: tuple[float, ...]
    refusals: Floats
    floor: float
    seconds: float
    members: str
    unlike: str = ""


def run_benchmark(
    folder: Path,
    sets: Sequence[str],
    encoders: Encoders,
    *,
    seeds: int,
    published: Path | None = None,
) -> list[str]:
    """Train and score; return a Markdown table's lines, a row for each setting in `folder`.

    `sets`: names such as `hwu64` or `hwu64/full`, none for all. `folder` holds the sets'
    folders, or is one of them. Raises DataError when none is there. No line for NLU++ alone, which
    `several_labels` scores.
    """
    if set(sets) == {several_labels.NAME}:
        return []
    torch.set_num_threads(1)
    root = folder if _present(folder) else folder.parent
    chosen = sets or ((folder.name,) if root != folder else tuple({s.dataset for s in SETTINGS}))
    settings = [s for s in _present(root) if {s.dataset, f"{s.dataset}/{s.size}"} & set(chosen)]
    if not settings:
        raise DataError(f"{folder}: none of {', '.join(sorted({s.dataset for s in SETTINGS}))}")
    numbers = published or root / "published_numbers.json"
    table = json.loads(numbers.read_text(encoding="utf-8")) if numbers.is_file() else {}
    stores = {size: encoders.stores(_tasks(root, size)) for size in {s.size for s in settings}}
    lines = [
        f"{encoders.described()} Seeds move the hidden member; the rest is exact.",
        "",
        "| set | size | seeds | accuracy | TF-IDF + linear "
        "| out-of-scope recall, in-scope accuracy there | unlike anything learnt | published "
        "| members chosen on training rows | s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for setting in tqdm(settings, desc="settings"):
        result = _drawn(root / setting.dataset, setting, stores[setting.size], seeds)
        lines.append(_line(setting, result, published_figures(setting, table)))
        tqdm.write(lines[-1])
    return lines


def _present(root: Path) -> list[Setting]:
    """List the settings whose set is a folder in `root`."""
    return [setting for setting in SETTINGS if (root / setting.dataset).is_dir()]


def _tasks(root: Path, size: str) -> list[Dataset]:
    """Read the training rows of every set that has this size: what one encoder is to serve."""
    settings = [s for s in _present(root) if s.size == size and s.tuned_on]
    return [_training_rows(root / s.dataset, s) for s in settings]


def _training_rows(folder: Path, setting: Setting, *, draw: int = 0, names: bool = True) -> Dataset:
    """Read a set's training rows, and with `names` each label's name as one more."""
    records = training_records(folder, setting, draw)
    task = infer_task(setting.dataset, records, label_column="label")
    return make_dataset(task, [*records, *(_label_names(task) if names else [])])


def _run(folder: Path, setting: Setting, draw: int, stores: Stores, seeds: int) -> Result:
    started = time.monotonic()
    train = _training_rows(folder, setting, draw=draw)
    test = make_dataset(train.task, read_records([folder / setting.test]))
    oos = _texts(read_records([folder / setting.oos])) if setting.oos else []
    texts = (*train.texts, *test.texts, *oos)
    contexts = (*train.contexts, *test.contexts, *[""] * len(oos))
    folds, seen = stores.folds(train), stores.by_fold_features(train, RECIPE)
    choice = choose_by_fold(RECIPE.members, train, folds, seen)
    tqdm.write(f"{setting.dataset} {setting.size}: {_described(choice)}")
    thresholds = np.quantile(choice.scores.max(axis=1), _REFUSED_SHARES)
    vectors = stores.final.vectors(texts, RECIPE.views, contexts)
    features = make_features(vectors, texts, RECIPE.lexical)
    later = np.arange(len(train), len(texts))
    fixed = {
        spec: _linear_logits(spec, train, features, later)
        for spec in tqdm(choice.members, desc="members", leave=False)
        if not spec.shape.hidden
    }
    scored = []
    for seed in range(seeds):
        logits = [
            fixed[spec] if spec in fixed else _hidden_logits(spec, train, features, later, seed)
            for spec in choice.members
        ]
        scored.append(choice.calibrated.apply(logits))
    seconds = time.monotonic() - started
    return Result(
        tuple(_accuracy(scores, test) for scores in scored),
        np.array([[_refused(scores, test, at) for at in thresholds] for scores in scored if oos]),
        _floor(_training_rows(folder, setting, draw=draw, names=False), test),
        seconds,
        _described(choice),
        told_apart(choice, train, features, len(oos), folds, seen, scored[0]) if oos else "",
    )


def _drawn(folder: Path, setting: Setting, stores: Stores, seeds: int) -> Result:
    """Run each of a setting's draws and join them; what describes one run is the first's."""
    draws = [_run(folder, setting, draw, stores, seeds) for draw in range(setting.draws)]
    return replace(
        draws[0],
        accuracies=tuple(accuracy for draw in draws for accuracy in draw.accuracies),
        floor=float(np.mean([draw.floor for draw in draws])),
        seconds=sum(draw.seconds for draw in draws),
    )


def _accuracy(scores: Floats, test: Dataset) -> float:
    return float((scores[: len(test)].argmax(axis=1) == test.truth).mean())


def _refused(scores: Floats, test: Dataset, threshold: float) -> tuple[float, float]:
    """Return out-of-scope recall, and in-scope accuracy with texts turned away as errors."""
    known, unknown = scores[: len(test)], scores[len(test) :]
    decided = (known.argmax(axis=1) == test.truth) & (known.max(axis=1) >= threshold)
    return float((unknown.max(axis=1) < threshold).mean()), float(decided.mean())


def _described(choice: Choice) -> str:
    """List the members in use, each linear one with the strength chosen for it."""
    return ", ".join(
        member.name if member.shape.hidden else f"{member.name} l2={member.shape.l2:g}"
        for member in choice.members
    )


def _label_names(task: Task) -> list[Record]:
    """Make each label's name in words a training text: all that is known beside the rows."""
    return [
        Record(Path("labels"), line, {"text": label.replace("_", " ").lower(), "label": label})
        for line, label in enumerate(task.labels, start=1)
    ]


def _linear_logits(spec: MemberSpec, train: Dataset, features: Features, rows: Indices) -> Floats:
    """Score `rows` by a member learnt on all training rows, along the path of its choice."""
    steps = [step for step in path(spec) if step.shape.l2 >= spec.shape.l2]
    return linear_members(steps, train, features, np.arange(len(train)))[-1].logits(features, rows)


def _hidden_logits(
    spec: MemberSpec, train: Dataset, features: Features, rows: Indices, seed: int
) -> Floats:
    """Score `rows` by a member with a hidden layer, whose start and stop a seed draws."""
    learnt = np.arange(len(train))
    return fit_member(spec, train, features, learnt, "none", seed=seed).logits(features, rows)


def _floor(train: Dataset, test: Dataset) -> float:
    """Measure TF-IDF (words 1-2, characters 2-5) and a linear support vector machine."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        ),
        LinearSVC(),
    )
    model.fit(train.texts, train.truth)
    return float((model.predict(test.texts) == test.truth).mean())


def _texts(records: Iterable[Record]) -> list[str]:
    return [str(record.fields["text"]) for record in records]


def _line(setting: Setting, result: Result, published: str) -> str:
    mean, spread = 100 * np.mean(result.accuracies), 100 * np.std(result.accuracies)
    oos = ""
    if len(result.refusals):
        figures = zip(_REFUSED_SHARES, result.refusals.mean(axis=0), strict=True)
        oos = "; ".join(f"at {s:.0%}: {recall:.3f}, {100 * ok:.2f}" for s, (recall, ok) in figures)
    floor = 100 * result.floor
    return (
        f"| {setting.dataset} | {setting.size} | {len(result.accuracies)}"
        f" | {mean:.2f} ± {spread:.2f} | {floor:.2f}"
        f" | {oos} | {result.unlike} | {published} | {result.members} | {result.seconds:.0f} |"
    )
