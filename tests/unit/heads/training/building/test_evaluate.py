"""Laws of what is read from a bundle before it is evaluated."""

from __future__ import annotations

from pathlib import Path

import pytest

from heads.bundle.reading import read_folder
from heads.bundle.writing import write_bundle
from heads.training.behaviour.recorded import recorded
from heads.training.building.evaluate import bundle_facts
from heads.training.errors import DataError
from tests.support.bundles import feature_rows, table, weights


@pytest.mark.parametrize("content", [b"[1]", b"7", b"{", b"{}", b'{"recipe": [1]}', b"null"])
def test_what_holds_no_recipe_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Whatever else metrics.json holds is DataError; of behaviour it records nothing."""
    made = table()
    extra = {"metrics.json": content}
    folder = write_bundle(tmp_path, made, weights(made), feature_rows(3), extra)
    with pytest.raises(DataError, match=r"no readable metrics\.json"):
        bundle_facts(folder)
    assert recorded(read_folder(folder)) == {}
