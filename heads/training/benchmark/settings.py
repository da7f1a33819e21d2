"""The public intent sets of the benchmark: their files, sizes and published figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heads.training.data.tables import Record, read_records


@dataclass(frozen=True)
class Setting:
    """One training file and one test file of a set; `oos` holds texts of no class at all.

    `shots` takes so many training rows of each label, in the file's order, `draws` times: the next
    so many each time. A set that is not `tuned_on` never teaches an encoder: it shows what tuning
    on other texts did to it.
    """

    dataset: str
    size: str
    train: tuple[str, ...]
    test: str
    oos: str | None = None
    shots: int | None = None
    draws: int = 1
    tuned_on: bool = True


SETTINGS = (
    Setting("banking77", "full", ("train.jsonl",), "test.jsonl"),
    Setting("banking77", "10-shot", ("fewshot_split/train_10.jsonl",), "test.jsonl"),
    Setting("banking77", "5-shot", ("fewshot_split/train_5.jsonl",), "test.jsonl"),
    Setting("clinc150", "full", ("train.jsonl",), "test.jsonl", "oos_test.jsonl"),
    Setting(
        "clinc150", "10-shot", ("train.jsonl",), "test.jsonl", shots=10, draws=3, tuned_on=False
    ),
    Setting("hwu64", "full", ("train.jsonl",), "test.jsonl"),
    Setting("hwu64", "10-shot", ("train_10.jsonl",), "test.jsonl"),
    Setting("hwu64", "5-shot", ("train_5.jsonl",), "test.jsonl"),
    Setting("snips", "10-shot", ("train.jsonl",), "test.jsonl", shots=10, draws=10, tuned_on=False),
)

# Where each set's published figures stand in published_numbers.json: name in the file, columns.
_PUBLISHED = {
    ("banking77", "full"): (
        "BANKING77",
        ("BERT-tuned (BERT-large) full", "USE+ConveRT frozen + MLP full"),
    ),
    ("banking77", "10-shot"): ("BANKING77", ("USE+ConveRT 10-shot", "CPFT 10-shot")),
    ("banking77", "5-shot"): (
        "BANKING77",
        ("5-shot RoBERTa / USE / ConveRT / USE+ConveRT / DNNC / CPFT",),
    ),
    ("clinc150", "full"): (
        "CLINC150",
        ("in-scope acc, Full, oos-train: FastText/SVM/CNN/MLP(USE)/BERT", "OOS recall, same"),
    ),
    ("hwu64", "full"): ("HWU64", ("full, ConvBERT+MLM+Example+Observers",)),
    ("hwu64", "10-shot"): (
        "HWU64",
        ("10-shot RoBERTa / USE / ConveRT / USE+ConveRT / DNNC / CPFT",),
    ),
    ("hwu64", "5-shot"): ("HWU64", ("5-shot same order",)),
}


def training_records(folder: Path, setting: Setting, draw: int = 0) -> Sequence[Record]:
    """Read a setting's training rows from the set's folder: all, or those of one draw of shots."""
    records = read_records([folder / name for name in setting.train])
    return records if setting.shots is None else _drawn(records, setting.shots, draw)


def published_figures(setting: Setting, table: Mapping[str, Any]) -> str:
    """Name the figures that papers give for a setting; "" where `table` has none."""
    name, columns = _PUBLISHED.get((setting.dataset, setting.size), ("", ()))
    shown = []
    for column in columns:
        value = table.get(name, {}).get(column, {}).get("v")
        if value is not None:
            text = "/".join(str(part) for part in value) if isinstance(value, list) else str(value)
            shown.append(f"{column}: {text}")
    return "; ".join(shown)


def _drawn(records: Sequence[Record], shots: int, draw: int) -> Sequence[Record]:
    """Return rows `draw * shots` to `(draw + 1) * shots` of each label, in order."""
    seen: Counter[object] = Counter()
    kept = []
    for record in records:
        label = record.fields["label"]
        if seen[label] // shots == draw:
            kept.append(record)
        seen[label] += 1
    return kept
