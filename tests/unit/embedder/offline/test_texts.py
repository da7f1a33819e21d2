"""Texts for work on checkpoints: read, chosen and named without showing any."""

from __future__ import annotations

import pytest

from embedder.offline.texts import choose, pairs_sha256, read_pairs


def test_lines_are_texts_with_or_without_context() -> None:
    """Other columns of a line are left alone."""
    lines = ['{"text": "a", "context": "b", "label": 1}\n', '{"text": "c"}\n']
    assert list(read_pairs(lines)) == [("a", "b"), ("c", "")]


@pytest.mark.parametrize("bad", ["secret words", '{"text": 5}', '["secret"]', '{"context": "a"}'])
def test_a_bad_line_is_named_by_its_number(bad: str) -> None:
    """The message says where, and nothing of what stands there."""
    with pytest.raises(ValueError, match="line 2 is not JSON like") as refused:
        list(read_pairs(['{"text": "a"}', bad]))
    assert "secret" not in str(refused.value)


def test_the_choice_does_not_depend_on_order() -> None:
    """Any order, and repeated lines, give the same texts and the same digest."""
    pairs = [(f"text {number}", "") for number in range(50)]
    chosen = choose(pairs, 10)
    assert choose([*reversed(pairs), *pairs], 10) == chosen
    assert len(set(chosen)) == 10
    assert pairs_sha256(choose(reversed(pairs), 10)) == pairs_sha256(chosen)
    assert pairs_sha256(choose(pairs, 11)) != pairs_sha256(chosen)
