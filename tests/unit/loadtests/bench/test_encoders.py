"""The comparison of encoders: every figure is there, for every language."""

from pathlib import Path

from loadtests.bench.encoders import measure, table
from tests.support.multilingual import write_folder


def test_each_encoder_has_a_row_a_language(tmp_path: Path) -> None:
    """Memory, tokens and both costs are positive, and stand in the table."""
    cost = measure(write_folder(tmp_path / "tiny"), tmp_path / "graphs")
    for figures in (cost.tokens, cost.alone_ms, cost.batch_ms):
        assert len(figures) == 2
        assert min(figures) > 0
    assert cost.anonymous_mb > 10
    rows = table([cost]).splitlines()
    assert [row.split("|")[4].strip() for row in rows[2:]] == ["English", "German"]
    assert {row.split("|")[1].split(",")[0].strip() for row in rows[2:]} == {"tiny"}
