"""Laws of the hashed n-grams."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from heads.inference.lexical import MAX_CHARS, LexicalConfig, features, normalised

CONFIG = LexicalConfig(4096)
GOLDEN = [(600, -1.0), (951, -1.0), (988, -1.0)]
PROBE = (
    "from heads.inference.lexical import *; "
    "f = features('No budget, ask Jane \\u00e9', LexicalConfig(4096));"
    "print(f.indices.tolist(), f.values.tolist())"
)


def test_the_same_in_every_process() -> None:
    """Features do not depend on the process or on PYTHONHASHSEED."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", PROBE],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    columns = features("No budget, ask Jane \u00e9", CONFIG)
    assert printed == {f"{columns.indices.tolist()} {columns.values.tolist()}\n"}


def test_the_hash_never_changes() -> None:
    """Trained weights depend on these very buckets: a changed hash needs a new bundle format."""
    columns = features("ab a", LexicalConfig(1000, (1, 2), (), lowercase=True))
    pairs = sorted(zip(columns.indices.tolist(), columns.values.tolist(), strict=True))
    assert pairs == GOLDEN


@pytest.mark.parametrize("text", ["", " \n\t ", "\ud800", "\x00", "a", "😀" * 10, "x" * 100_000])
def test_total_on_any_text(text: str) -> None:
    """Every string has features: buckets in range, finite values."""
    columns = features(text, CONFIG)
    assert columns.indices.shape == columns.values.shape
    assert ((columns.indices >= 0) & (columns.indices < CONFIG.buckets)).all()
    assert np.isfinite(columns.values).all()


def test_normalised_has_length_one() -> None:
    """The vector that weights multiply has l2 norm 1, with and without idf; empty stays empty."""
    columns = features("please stop mailing me", CONFIG)
    idf = np.linspace(0.5, 3, CONFIG.buckets, dtype=np.float32)
    for weight in (None, idf):
        assert np.linalg.norm(normalised(columns, weight)[1]) == pytest.approx(1, abs=1e-6)
    assert normalised(features("", CONFIG))[1].size == 0


def test_case_counts_only_where_asked() -> None:
    """`lowercase` makes case and runs of blanks disappear."""
    shouted, calm = features("NO  Budget\n", CONFIG), features("no budget", CONFIG)
    assert np.array_equal(shouted.indices, calm.indices)
    keeps = LexicalConfig(4096, lowercase=False)
    assert not np.array_equal(features("NO", keeps).indices, features("no", keeps).indices)


def test_repeats_count_sublinearly() -> None:
    """An n-gram seen c times weighs 1 + ln(c)."""
    words = LexicalConfig(4096, (1, 1), ())
    assert np.abs(features("no no no", words).values) == pytest.approx([1 + np.log(3)])


def test_only_the_start_of_a_long_text_is_read() -> None:
    """Characters after MAX_CHARS change nothing."""
    start = "a b c " * (MAX_CHARS // 6 + 1)
    text = start[:MAX_CHARS]
    assert np.array_equal(features(text, CONFIG).indices, features(text + "zzz", CONFIG).indices)
