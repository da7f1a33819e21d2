"""Loads a packed pipeline with its own code; copied into it, so it needs no other file of ours.

Two packed pipelines of different releases answer in one process each by its own code: the packages
are imported from the pipeline's folder and taken out of `sys.modules` again.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import json
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CODE, CATALOG, ENCODER = "code", "catalog", "encoder"
PACKAGES = ("embedder", "gateway", "heads", "trunkline")
_FIELDS = ("text", "html", "subject", "last_outbound", "date", "scope")
# Of every kind, so that whatever is imported late is imported now.
_SAMPLES = (
    {"text": "Sounds good, call me on Tuesday."},
    {"html": "<p>No budget. Please ask Jane Doe.</p>", "last_outbound": "Do you have a minute?"},
    {"raw": b"Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday.\r\n"},
)


class Packed:
    """A pipeline from a folder; `predict` is MLflow's, `answers` for who loads it without."""

    def __init__(self, folder: str, precision: str = "auto") -> None:
        place = Path(folder)
        with _imported_from(place / CODE):
            wrapping = importlib.import_module("gateway.offline.wrapping")
            to_json = importlib.import_module("pydantic_core").to_json
            (encoder,) = (place / ENCODER).iterdir()
            self.pipeline = wrapping.wrap(place / CATALOG, encoder, precision)
            self._answers, self._to_json = wrapping.answers, to_json
            self.answers(_SAMPLES)

    def answers(self, mails: Sequence[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the whole answer to each mail as plain values."""
        return [json.loads(self._to_json(its)) for its in self._answers(self.pipeline, mails)]

    def predict(
        self, model_input: Any, params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Answer a table of mails, or a list of texts: plain columns for each."""
        return [_row(its) for its in self.answers(_mails(model_input))]


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> Packed:
    """Be MLflow's way in."""
    return Packed(path, str((model_config or {}).get("precision", "auto")))


def _mails(given: Any) -> list[str | dict[str, Any]]:
    """Read MLflow's input. Raises ValueError that names columns, never a text."""
    if not hasattr(given, "to_dict"):
        return [str(text) for text in given]
    known = {*_FIELDS, "raw_base64"}
    if strangers := [str(name) for name in given.columns if name not in known]:
        raise ValueError(f"unknown columns {', '.join(strangers)}; known: {', '.join(known)}")
    return [
        _mail({name: value for name, value in row.items() if isinstance(value, str)})
        for row in given.to_dict(orient="records")
    ]


def _mail(row: dict[str, Any]) -> dict[str, Any]:
    raw = row.pop("raw_base64", None)
    return {**row, **({"raw": base64.b64decode(raw)} if raw else {})}


def _row(answer: Mapping[str, Any]) -> dict[str, Any]:
    decision = answer["decision"]
    return {
        "intent": decision["intent"] or "",
        "abstained": decision["abstained"],
        "opt_out": decision["opt_out"] or "",
        "decided_by": decision["decided_by"] or "",
        "rule": decision["rule"] or "",
        "heads": json.dumps(answer["heads"]),
        "provenance": json.dumps(answer["provenance"]),
    }


@contextlib.contextmanager
def _imported_from(folder: Path) -> Iterator[None]:
    """Import the packages from `folder`, whatever release of them the process has imported."""
    with _lock():
        others = _taken_out()
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(str(folder))
            _taken_out()
            sys.modules.update(others)


def _taken_out() -> dict[str, Any]:
    names = [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    return {name: sys.modules.pop(name) for name in names}


def _lock() -> Any:
    """Return the lock that every packed pipeline of this process shares."""
    return vars(sys).setdefault("_trunkline_imports", threading.RLock())
