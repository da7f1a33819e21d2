"""Laws of the cost model and of its partition, for any lengths and costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedder.cost import BATCH_SIZES, CostModel, measure_cost, padded_length

lengths = st.lists(st.integers(1, 256), max_size=60)
costs = st.builds(CostModel, st.floats(0, 500), st.floats(0, 10), st.floats(0, 0.1))


@given(lengths, costs, st.integers(256, 4096), st.integers(1, 64))
def test_partition_keeps_every_item_once_in_order_within_budget(
    lengths: list[int], cost: CostModel, budget: int, most: int
) -> None:
    """Each item is in exactly one batch; batches run by length; no batch exceeds its bounds."""
    batches = cost.partition(lengths, budget, most)
    order = [index for batch in batches for index in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[i] for i in order] == sorted(lengths)
    for batch in batches:
        assert max(lengths[i] for i in batch) * len(batch) <= budget
        assert len(batch) <= most
        assert len(batch) in BATCH_SIZES


@given(lengths, costs, st.integers(256, 4096))
def test_partition_is_never_worse_than_the_plain_ways(
    lengths: list[int], cost: CostModel, budget: int
) -> None:
    """Under the model it costs no more than singles, nor than one batch where that is allowed."""
    batches = cost.partition(lengths, budget)
    total = sum(cost.cost(len(batch), max(lengths[i] for i in batch)) for batch in batches)
    singles = sum(cost.cost(1, length) for length in lengths)
    assert total <= singles * (1 + 1e-9) + 1e-9
    n, longest = len(lengths), max(lengths, default=1)
    if n in BATCH_SIZES and n <= 64 and n * longest <= budget:
        assert total <= cost.cost(n, longest) * (1 + 1e-9) + 1e-9


@given(st.integers(1, 64), st.integers(1, 8))
def test_of_texts_of_one_length_the_first_go_in_the_larger_batch(count: int, most: int) -> None:
    """Where cuts cost the same, no later text is put into a fuller batch than an earlier one."""
    sizes = [len(batch) for batch in CostModel().partition([16] * count, 4096, most)]
    assert sizes == sorted(sizes, reverse=True)


def test_an_item_over_the_budget_is_an_error() -> None:
    """Nothing is cut in silence: the door must have refused it."""
    with pytest.raises(ValueError, match="max_batch_tokens"):
        CostModel().partition([3, 300], 256)


@given(st.integers(1, 4096))
def test_the_grid_of_lengths_wastes_little(length: int) -> None:
    """Padding never shortens, is idempotent, and adds less than 16 tokens."""
    padded = padded_length(length)
    assert length <= padded < length + 16
    assert padded_length(padded) == padded


@given(st.floats(0.1, 10), st.floats(0.001, 1), st.floats(0, 0.01))
def test_measuring_finds_the_cost_that_was_there(a: float, b: float, c: float) -> None:
    """From exact timings of a model of this form, the fit predicts within 1 %."""
    truth = CostModel(a, b, c)
    fitted = measure_cost(truth.cost, 256)
    for shape in ((1, 16), (1, 256), (32, 40), (8, 128)):
        assert fitted.cost(*shape) == pytest.approx(truth.cost(*shape), rel=0.01)
