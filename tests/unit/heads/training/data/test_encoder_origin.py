"""An encoder is called frozen for its weights, never for want of a list of rows."""

from __future__ import annotations

from pathlib import Path

from embedder.checkpoint.folder import find_base, find_model
from heads.training.data.provenance import encoder_origin
from tests.support.checkpoints import write_bert


def test_only_the_bases_own_weights_are_frozen(tmp_path: Path) -> None:
    """The default is tuned; of a folder that says nothing nothing is known; a list tells."""
    folder = write_bert(tmp_path / "mini")

    assert encoder_origin(find_base()) == "frozen"
    assert encoder_origin(find_model()) == "tuned"
    assert encoder_origin(find_model(folder)) == "unknown"
    (folder / "rows.json").write_text('{"rows": []}', encoding="utf-8")
    assert encoder_origin(find_model(folder)) == "tuned"
