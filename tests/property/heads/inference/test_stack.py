"""Laws of stacked inference, for any mixture of heads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heads.inference.stack import Stack, score
from tests.support.bundles import (
    VIEWS,
    build_head,
    distance,
    expected,
    feature_rows,
    table,
    weights,
)
from tests.support.examples import examples

MEMBERS = st.fixed_dictionaries(
    {
        "views": st.lists(st.sampled_from(VIEWS), unique=True, max_size=2),
        "normalise": st.sampled_from(["l2", "none"]),
        "lexical": st.booleans(),
        "hidden": st.sampled_from([0, 0, 4, 7]),
    }
).filter(lambda member: member["views"] or member["lexical"])


@st.composite
def head_tables(draw: Any, name: str) -> dict[str, Any]:
    """Draw any head.toml."""
    kind = draw(st.sampled_from(["softmax", "sigmoid", "binary"]))
    count = draw(st.integers(2, 9))
    labels = ["yes", "no"] if kind == "binary" else [f"label {place}" for place in range(count)]
    thresholds = {label: draw(st.floats(0, 1)) for label in labels}
    calibration: dict[str, Any] = {"temperature": draw(st.floats(0.3, 3))}
    if kind != "softmax":
        columns = labels[:1] if kind == "binary" else labels
        calibration = {"platt": {label: (draw(st.floats(0.5, 2)), 0.3) for label in columns}}
    if kind != "binary":
        thresholds["margin"] = draw(st.sampled_from([0.0, 0.2]))
    members = draw(st.lists(MEMBERS, min_size=1, max_size=3))
    views = sorted({view for member in members for view in member["views"]})
    limited: dict[str, Any] = {}
    if views and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(views), unique=True, min_size=1))
        limit = draw(st.floats(-2, 3))
        limited["unlike"] = {"views": chosen, "rank": draw(st.integers(1, 4)), "limit": limit}
    return table(
        name=name,
        kind="softmax" if kind == "softmax" else "sigmoid",
        labels=labels,
        members=members,
        calibration=calibration,
        thresholds=thresholds,
        **limited,
    )


@st.composite
def cases(draw: Any) -> tuple[list[dict[str, Any]], tuple[int, ...], int, int]:
    """Draw tables, asked positions, rows and a seed."""
    count = draw(st.integers(1, 6))
    tables = [draw(head_tables(f"head_{place}")) for place in range(count)]
    asked = draw(st.lists(st.integers(0, count - 1), unique=True, min_size=1))
    return tables, tuple(asked), draw(st.integers(1, 5)), draw(st.integers(0, 2**16))


@settings(max_examples=examples(150))
@given(cases())
def test_stacked_equals_the_formulas_and_each_head_alone(
    case: tuple[list[dict[str, Any]], tuple[int, ...], int, int],
) -> None:
    """Any asked subset, in any order, of any heads answers as each alone does, to 1e-5."""
    tables, asked, count, seed = case
    heads = [build_head(seed + place, **made) for place, made in enumerate(tables)]
    rows = feature_rows(count, seed)
    answers = Stack(heads).predict(asked, rows)
    for position, answer in zip(asked, answers, strict=True):
        assert answer.name == tables[position]["name"]
        assert answer.status == "ok"
        tensors = weights(tables[position], seed + position)
        wanted = np.array([expected(tables[position], tensors, row) for row in rows])
        np.testing.assert_allclose(answer.scores, wanted, atol=2e-5)
        np.testing.assert_allclose(answer.scores, score(heads[position], rows), atol=1e-5)


@settings(max_examples=examples(50))
@given(cases())
def test_whole_matrices_are_answered_as_rows_are(
    case: tuple[list[dict[str, Any]], tuple[int, ...], int, int],
) -> None:
    """A head's scores, best label and abstentions are those of `predict`, to 1e-5."""
    tables, asked, count, seed = case
    heads = [build_head(seed + place, **made) for place, made in enumerate(tables)]
    rows = feature_rows(count, seed)
    views = {view: np.array([row.vectors[view] for row in rows]) for view in VIEWS}
    stack, position = Stack(heads), asked[0]
    (answer,) = stack.predict((position,), rows)
    whole = stack.matrices(position, views, [row.text for row in rows], count)
    np.testing.assert_allclose(whole.scores, answer.scores, atol=1e-5)
    assert tuple(whole.best[:, 0].tolist()) == answer.best
    assert tuple(whole.abstained[:, 0].tolist()) == answer.abstained


def test_matrices_that_a_head_cannot_read_are_refused() -> None:
    """A view that is missing or of another size, and words that a lexical head lacks."""
    stack = Stack([build_head(0, members=[{"views": ["mean@3"]}, {"lexical": True}])])
    good = {"mean@3": np.zeros((2, 8), np.float32)}
    narrow = {"mean@3": np.zeros((2, 7), np.float32)}
    for views, texts in (({}, ["a", "b"]), (narrow, ["a", "b"]), (good, [])):
        with pytest.raises(ValueError, match=r"view mean@3|reads texts"):
            stack.matrices(0, views, texts, 2)


@settings(max_examples=examples(100))
@given(cases())
def test_best_and_abstained_follow_from_the_scores(
    case: tuple[list[dict[str, Any]], tuple[int, ...], int, int],
) -> None:
    """Best is the likeliest label; abstained follows the contract's rules on those scores.

    A yes/no head abstains from a yes below its threshold, and from a no while yes reaches it.
    """
    tables, asked, count, seed = case
    heads = [build_head(seed + place, **made) for place, made in enumerate(tables)]
    for position, answer in zip(
        asked, Stack(heads).predict(asked, feature_rows(count, seed)), strict=True
    ):
        manifest = heads[position].manifest
        thresholds = np.array(answer.thresholds, dtype=np.float32)
        for scores, best, abstained, strange in zip(
            answer.scores, answer.best, answer.abstained, answer.unlike, strict=True
        ):
            top = int(scores.argmax())
            gap = scores[top] - np.delete(scores, top).max()
            unsure = scores[top] < thresholds[top]
            if manifest.binary:
                unsure |= top == 1 and scores[0] >= thresholds[0]
            if manifest.margin > 0:
                unsure |= gap < np.float32(manifest.margin)
            assert (best, abstained) == (top, bool(unsure | strange))


@settings(max_examples=examples(150))
@given(cases())
def test_unlike_is_what_lies_beyond_the_heads_own_limit(
    case: tuple[list[dict[str, Any]], tuple[int, ...], int, int],
) -> None:
    """In any stack a row is unlike where its distance by the formula is beyond the head's limit.

    A head without such a limit finds nothing unlike.
    """
    tables, asked, count, seed = case
    heads = [build_head(seed + place, **made) for place, made in enumerate(tables)]
    rows = feature_rows(count, seed)
    for position, answer in zip(asked, Stack(heads).predict(asked, rows), strict=True):
        made, tensors = tables[position], weights(tables[position], seed + position)
        if "unlike" not in made:
            assert not any(answer.unlike)
            continue
        for row, unlike in zip(rows, answer.unlike, strict=True):
            beyond = distance(made, tensors, row) - made["unlike"]["limit"]
            assert unlike == (beyond > 0) or abs(beyond) < 1e-4


@settings(max_examples=examples(50))
@given(st.integers(0, 2**16), st.integers(2, 20))
def test_a_row_answers_the_same_alone_and_in_a_batch(seed: int, count: int) -> None:
    """What else is in the batch changes no score by more than 1e-5."""
    members = [{"views": list(VIEWS), "hidden": 4}, {"lexical": True}]
    head = build_head(seed, members=members)
    rows = feature_rows(count, seed)
    together = score(head, rows)
    for place, row in enumerate(rows):
        np.testing.assert_allclose(score(head, [row])[0], together[place], atol=1e-5)
