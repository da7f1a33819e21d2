"""Measures what replies cost by language when one encoder's heads answer, for the gateway's router.

The gateway reads the table as `gateway/routing/risks.py` says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heads.bundle import reading
from heads.bundle.facts import METRICS_FILE
from heads.bundle.loading import head_of
from heads.bundle.reading import BundleFiles
from heads.lifecycle import aliases
from heads.storage.catalog import Catalog
from heads.training.data.dataset import Dataset, make_dataset
from heads.training.data.provenance import ROWS_FILE, unseen
from heads.training.data.tables import Record
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError
from heads.training.gate.costs import Floats, answered_by, read_costs, row_costs
from heads.training.gate.review import StoreFor

UNKNOWN = "und"
"""The language of texts in none that was measured. Its risk is taken for that of the dearest."""
_UNIT = "cost of one reply by the prices of costs.toml, heads summed"
_DIGITS = 4


@dataclass(frozen=True)
class EncoderRisks:
    """What a reply costs on average by language, heads summed, and who was measured."""

    fingerprint: str
    model: str
    heads: dict[str, str]
    risks: dict[str, float]

    def as_table(self) -> dict[str, Any]:
        """Return plain values, rounded, with a risk of what is in none of the languages."""
        risks = {language: round(risk, _DIGITS) for language, risk in self.risks.items()}
        risks[UNKNOWN] = max(risks.values())
        heads = dict(sorted(self.heads.items()))
        return {
            "fingerprint": self.fingerprint,
            "model": self.model,
            "heads": heads,
            "risks": dict(sorted(risks.items())),
        }


def measure_risks(
    catalog: Catalog, prices: Catalog, records: Sequence[Record], store_for: StoreFor
) -> EncoderRisks:
    """Measure the catalog's production heads that have `prices`, on rows that they never saw.

    Rows that a head learnt are left out. Raises DataError where none is left, or where it is not
    known, and for heads on several encoders, or none.
    """
    risks: Counter[str] = Counter()
    versions: dict[str, str] = {}
    fingerprints: set[str] = set()
    for name, task in REPLY_TASKS.items():
        version = aliases.read(catalog, name)[0].production
        if version is None or (costs := read_costs(prices, name, task.labels)) is None:
            continue
        bundle = reading.read(catalog, name, version, whole=False)
        head = head_of(bundle)
        files = reading.add_sound_files(catalog, bundle, (ROWS_FILE, METRICS_FILE))
        data = _fresh(files, make_dataset(task, records))
        store = store_for(head.manifest.fingerprint)
        each = row_costs(costs, task.labels, data.truth, answered_by(head, data, store))
        risks.update(_by_language(data, each))
        versions[name], model = version, store.model_id
        fingerprints.add(head.manifest.fingerprint)
    if len(fingerprints) != 1:
        raise DataError(f"{catalog}: heads with prices read {len(fingerprints)} encoders, not one")
    return EncoderRisks(fingerprints.pop(), model, versions, dict(risks))


def risk_table(measured: Sequence[EncoderRisks], records: Sequence[Record]) -> str:
    """Return the table as JSON, for people to read and to compare."""
    rows = Counter(str(record.fields.get("lang")) for record in records)
    table = {
        "format": 1,
        "unit": _UNIT,
        "rows": dict(sorted(rows.items())),
        "encoders": [encoder.as_table() for encoder in measured],
    }
    return json.dumps(table, indent=2) + "\n"


def _fresh(files: BundleFiles, data: Dataset) -> Dataset:
    """Return the rows that the bundle did not learn from; a short text may be among those."""
    fresh = unseen(files, data)
    if fresh is None or not fresh.any():
        raise DataError(f"{files.location}: learnt from these rows, or may have")
    return data.rows(np.flatnonzero(fresh))


def _by_language(data: Dataset, each: Floats) -> dict[str, float]:
    written = np.array(data.languages)
    return {language: float(each[written == language].mean()) for language in set(data.languages)}
