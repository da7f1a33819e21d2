"""Which encoder a release's heads were made for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loadtests.stack.catalogs import SHIPPED
from tests.rehearsal.stage import encoder_of


def _head(catalog: Path, name: str, fingerprints: dict[str, str], production: str) -> None:
    for version, fingerprint in fingerprints.items():
        folder = catalog / name / version
        folder.mkdir(parents=True)
        (folder / "head.toml").write_text(f'fingerprint = "{fingerprint}"\n')
    roles = {"generation": 1, "production": production}
    (catalog / name / "aliases.json").write_text(json.dumps(roles))


def test_heads_that_serve_tell_the_encoder(tmp_path: Path) -> None:
    """Versions in no role may be of another encoder."""
    _head(tmp_path, "intent", {"1": "sha256:old", "2": "sha256:new"}, "2")
    _head(tmp_path, "kind", {"1": "sha256:new"}, "1")
    assert encoder_of(tmp_path) == "sha256:new"


def test_heads_of_two_encoders_are_no_release(tmp_path: Path) -> None:
    """One embedder cannot serve them."""
    _head(tmp_path, "intent", {"1": "sha256:old"}, "1")
    _head(tmp_path, "kind", {"1": "sha256:new"}, "1")
    with pytest.raises(ValueError, match="unpack"):
        encoder_of(tmp_path)


def test_the_shipped_catalog_is_of_one_encoder() -> None:
    """So that this checkout can be released."""
    assert encoder_of(SHIPPED).startswith("sha256:")
