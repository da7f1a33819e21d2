"""Made rows for the study: two topics told by their words, by authors of a few rows each."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from heads.training.data.dataset import Dataset, infer_task, make_dataset
from heads.training.data.tables import read_records
from heads.training.study.material import Material

_WORDS = {
    "money": ("invoice", "bill", "refund", "price", "fee", "charge"),
    "travel": ("flight", "train", "hotel", "ticket", "airport", "visa"),
    "music": ("song", "tune", "singer", "album", "chorus", "band"),
}


def rows(count: int, seed: int = 0, author: str = "p") -> list[dict[str, object]]:
    """Make texts of three topics, four an author, none twice; `loud` is a second label."""
    random = np.random.default_rng(seed)
    made: list[dict[str, object]] = []
    for number in range(count):
        topic = list(_WORDS)[number % len(_WORDS)]
        first, second = random.choice(_WORDS[topic], 2)
        loud = bool(random.integers(2))
        text = f"{'now' if loud else 'please'} the {first} and the {second}, {author}{number}"
        made.append(
            {"text": text, "label": topic, "loud": loud, "author": f"{author}{number // 4}"}
        )
    return made


def write_rows(path: Path, lines: list[dict[str, object]]) -> Path:
    """Write rows as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def write_folder(folder: Path, learnt: int = 60, judged: int = 24) -> Path:
    """Write a folder with train.jsonl and test.jsonl, by different authors."""
    write_rows(folder / "train.jsonl", rows(learnt))
    write_rows(folder / "test.jsonl", rows(judged, seed=1, author="q"))
    return folder


def dataset(path: Path, column: str = "label") -> Dataset:
    """Read rows as a dataset of one column."""
    records = read_records([path])
    return make_dataset(infer_task(column, records, label_column=column), records)


def material(folder: Path, learnt: int = 60, judged: int = 24) -> Material:
    """Read such a folder with its second label beside the first."""
    write_folder(folder, learnt, judged)
    train = folder / "train.jsonl"
    return Material(
        "topics", dataset(train), dataset(folder / "test.jsonl"), (dataset(train, "loud"),)
    )
