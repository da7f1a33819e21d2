"""The documents' figures of speed are those of the newest kept results."""

import json
from pathlib import Path

import pytest

from loadtests.bench.run import ratios
from loadtests.measurement.run import Run
from loadtests.reports import results
from loadtests.reports.readme import (
    BEGIN,
    END,
    PAGE,
    README,
    excerpt,
    placed,
    refresh,
    rendered,
)
from loadtests.reports.tables import Ratio

ABOUT = {
    "command": "c", "texts": 3, "load_average": {"before": 0.1, "after": 0.2},
    "machine": {
        "date": "2026-01-02", "commit": "abc", "cores": "2", "processor": "P",
        "instructions": "avx2",
    },
}  # fmt: skip


def test_the_documents_show_the_newest_results() -> None:
    """`make docs` would change neither README's rows nor the page beside the results."""
    readme, page = (path.read_text(encoding="utf-8") for path in (README, PAGE))

    assert placed(readme, excerpt()) == readme, "run: make docs"
    assert placed(page, rendered()) == page, "run: make docs"


def test_readme_shows_five_rows_of_the_benchmark(tmp_path: Path) -> None:
    """One and 32 callers, many heads, hits, and the baseline; whatever else was measured."""
    shown = (
        ("gateway, 7 default heads", 1), ("gateway, 7 default heads", 32),
        ("gateway, 50 heads", 32), ("gateway, embedding-cache hits only", 32),
        ("baseline: Flask, 3 heads", 32),
    )  # fmt: skip
    others = (("gateway, 7 default heads", 8), ("baseline: Flask, 3 heads", 1), ("raw", 2))
    runs = [Run(name, level, 1.0, (0.01,) * 10) for name, level in others + shown]
    results.write(tmp_path / "bench-2026-01-02.json", ABOUT, runs, [])

    rows = [line.split(" | ")[:2] for line in excerpt(tmp_path).splitlines()[4:]]
    assert rows == [[f"| {name}", str(level)] for name, level in shown]


def test_a_kept_result_comes_back_as_a_table(tmp_path: Path) -> None:
    """What a run measured is what the table shows; the newest of several is taken."""
    run = Run("gateway", 8, 2.0, (0.010, 0.020), errors=1, cpu_s=0.004)
    results.write(tmp_path / "bench-2026-01-01.json", ABOUT, [], [])
    results.write(tmp_path / "bench-2026-01-02.json", ABOUT, [run], [Ratio("r", float("nan"), 1)])

    assert "| gateway | 8 | 1 | 15.0 | 19.5 | 19.9 | 2.00 | 1 |" in rendered(tmp_path)
    assert (
        json.loads((tmp_path / "bench-2026-01-02.json").read_text())["ratios"][0]["value"] is None
    )


def test_what_did_not_run_stands_in_the_table(tmp_path: Path) -> None:
    """A peer without figures is shown with its reason."""
    row = {"name": "peer", "heads": 0, "trouble": "not installed: no | wheel"}
    (tmp_path / "peers-2026-01-02.json").write_text(json.dumps({**ABOUT, "rows": [row]}))

    assert "| peer |  | embedding only | not installed: no / wheel |" in rendered(tmp_path)


def test_kept_load_runs_stand_in_a_table_of_their_own(tmp_path: Path) -> None:
    """One row a scenario, the newest of each, with the slope of memory where it was bound."""
    soak = ABOUT | {
        "scenario": "soak", "load": {"seconds": 600}, "drift": {"heads": {"slope": 0, "high": 0.1}},
        "totals": {
            "requests": 90_000, "rate": 149.8, "hit_ratio": 0.9, "failures": 0, "refused": 2,
            "latency_ms": {"p50": 1.0, "p95": 20.0, "p99": 30.0},
        },
    }  # fmt: skip
    (tmp_path / "run-soak-2026-01-01.json").write_text("{}")
    (tmp_path / "run-soak-2026-01-02.json").write_text(json.dumps(soak))

    row = "| soak | 600 | 150 | 150 | 1.0 | 20.0 | 30.0 | 0.90 | 0 | 2 | heads +0.00 (to +0.10) |"
    assert row in rendered(tmp_path)


def test_a_busy_machine_is_stated(tmp_path: Path) -> None:
    """Figures taken beside other work say so."""
    quiet, busy = ABOUT, ABOUT | {"load_average": {"before": 3.0, "after": 9.0}}
    results.write(tmp_path / "bench-2026-01-01.json", quiet, [], [])
    assert "Other work" not in rendered(tmp_path)

    results.write(tmp_path / "bench-2026-01-02.json", busy, [], [])
    assert "Other work was on the machine" in rendered(tmp_path)


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    """The tables replace what stood between the marks, and only that."""
    readme, page = documents = [tmp_path / "README.md", tmp_path / "page.md"]
    for document in documents:
        document.write_text(f"a\n{BEGIN}\nold\n{END}\nb\n")
    results.write(tmp_path / "bench-2026-01-02.json", ABOUT, [], [])

    assert refresh(readme, page, tmp_path) == documents
    assert refresh(readme, page, tmp_path) == []
    for document in documents:
        assert "old" not in document.read_text()
        assert document.read_text().startswith("a\n")
        assert document.read_text().endswith("\nb\n")


@pytest.mark.parametrize("heads", [3, 6, 12])
def test_ratios_hold_for_any_number_of_default_heads(heads: int) -> None:
    """The promised ratios are worked out whatever the catalog holds."""
    names = [
        ("raw sorted", 2), ("raw naive", 2), ("raw single", 1), ("raw onnxruntime", 2),
        ("embedder, gRPC", 1), ("embedder, gRPC", 32), (f"gateway, {heads} default heads", 32),
        ("gateway, 1 head", 32), ("gateway, 21 heads", 32), ("gateway, 50 heads", 32),
        ("gateway, embedding-cache hits only", 32), ("baseline: Flask", 32),
    ]  # fmt: skip
    runs = [Run(name, level, 1.0, (0.01,) * 10) for name, level in names]

    assert len(ratios(runs, heads, amx=True)) == 8
