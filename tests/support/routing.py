"""A router over fakes: made-up risks of two encoders, and a model that knows two words."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from embedder.testing.embedder import FAKE_FINGERPRINT
from gateway.routing.languages import LanguageModel
from gateway.routing.risks import RiskTable
from gateway.routing.router import LanguageRouter
from tests.support.pools import OTHER


def risk_table(default: Mapping[str, float], other: Mapping[str, float]) -> RiskTable:
    """Return a table of these risks of the fakes' two encoders."""
    encoders = [
        {"fingerprint": fingerprint, "model": "fake", "heads": {}, "risks": dict(risks)}
        for fingerprint, risks in ((FAKE_FINGERPRINT, default), (OTHER, other))
    ]
    return RiskTable.model_validate({"format": 1, "unit": "", "rows": {}, "encoders": encoders})


def tiny_router() -> LanguageRouter:
    """Return a router that knows "thanks" and "danke"; German goes to the other encoder."""
    model = LanguageModel(
        languages=("en", "de"),
        vocabulary={" thanks ": 0, " danke ": 1},
        weights=np.array([[0, -9], [-9, 0]], dtype=np.float32),
        priors={"en": 0.75, "de": 0.25},
        temperature=1.0,
        least_letters=4,
        least_known=0.0,
    )
    return LanguageRouter(model, risk_table({"en": 0.1, "de": 0.9}, {"en": 0.2, "de": 0.3}))


def write_risks(file: Path, other: str) -> Path:
    """Write that German costs less with the other encoder, English less with the default one."""
    encoders = [
        {"fingerprint": fingerprint, "model": "", "heads": {}, "risks": {**_ROMANCE, **risks}}
        for fingerprint, risks in (
            (FAKE_FINGERPRINT, {"en": 0.1, "de": 0.9, "nl": 0.9}),
            (other, {"en": 0.2, "de": 0.3, "nl": 0.3}),
        )
    ]
    table = {"format": 1, "unit": "", "rows": {}, "encoders": encoders}
    file.write_text(json.dumps(table), encoding="utf-8")
    return file


_ROMANCE = dict.fromkeys(("es", "fr", "it", "pt", "und"), 0.5)
