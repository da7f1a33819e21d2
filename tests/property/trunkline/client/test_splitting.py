"""Laws of splitting a batch, for any sizes and limits, and of joining its outcomes."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.support.client_driver import Driver, answer
from trunkline.client.batches import BatchItem, classify_batch
from trunkline.client.errors import ProblemError
from trunkline.client.mail import Mail
from trunkline.client.messages import Reply, Request
from trunkline.client.retries import RetryPolicy
from trunkline.client.splitting import BatchLimits, split

sizes = st.lists(st.integers(0, 60), max_size=60)
limits = st.builds(BatchLimits, st.integers(1, 12), st.integers(1, 200))


def _bytes(part: range, lengths: list[int], frame: int) -> int:
    return frame + sum(lengths[index] for index in part) + len(part) - 1


@given(sizes, st.integers(0, 40), limits)
def test_every_item_is_in_one_part_in_order(
    lengths: list[int], frame: int, bounds: BatchLimits
) -> None:
    """Parts joined are the items; none is empty."""
    parts = split(lengths, frame, bounds)
    assert [index for part in parts for index in part] == list(range(len(lengths)))
    assert all(parts)


@given(sizes, st.integers(0, 40), limits)
def test_a_part_keeps_both_limits_unless_it_is_one_item(
    lengths: list[int], frame: int, bounds: BatchLimits
) -> None:
    """Too many bytes are only ever those of a single item."""
    for part in split(lengths, frame, bounds):
        assert len(part) <= bounds.max_items
        assert len(part) == 1 or _bytes(part, lengths, frame) <= bounds.max_bytes


@given(sizes, st.integers(0, 40), limits)
def test_a_part_takes_all_that_fits(lengths: list[int], frame: int, bounds: BatchLimits) -> None:
    """The next item would have broken a limit: no request more than there must be."""
    parts = split(lengths, frame, bounds)
    for part, following in pairwise(parts):
        longer = range(part.start, following.start + 1)
        too_large = _bytes(longer, lengths, frame) > bounds.max_bytes
        assert len(longer) > bounds.max_items or too_large


@given(
    st.lists(st.text(max_size=30), max_size=40),
    limits,
    st.integers(30, 300),
    st.lists(st.booleans(), max_size=30),
)
def test_outcomes_are_joined_in_order_whatever_happens(
    texts: list[str], bounds: BatchLimits, gateway_limit: int, busy: list[bool]
) -> None:
    """With a gateway of a lower limit that is busy now and then: each email has its own answer.

    No accepted body is above the gateway's limit.
    """
    turns = iter(busy)
    accepted: list[int] = []

    def gateway(request: Request) -> Reply:
        size = len(request.body or b"")
        if size > gateway_limit:
            return Reply(413, {"code": "body_too_large", "limit": gateway_limit})
        if next(turns, False):
            return Reply(503, {"code": "overloaded"}, retry_after_s=1.0)
        accepted.append(size)
        items = json.loads(request.body or b"")["items"]
        answers = [
            {"status": 503, "problem": {"code": "overloaded"}}
            if next(turns, False)
            else {"status": 200, "answer": answer(item["text"])}
            for item in items
        ]
        return Reply(200, {"items": answers})

    driver = Driver(gateway)
    terms = driver.terms(limits=bounds, retries=RetryPolicy(100))
    mails = [Mail(text=text) for text in texts]
    try:
        items = driver.run(classify_batch(mails, (), {}, terms, 1e9))
    except ProblemError as error:  # not one email was small enough
        items = (BatchItem(error=error),) * len(texts)
    assert len(items) == len(texts)
    for text, item in zip(texts, items, strict=True):
        if item.answer is not None:
            assert item.answer.id == text
        else:
            assert item.error is not None
            assert item.error.status == 413
    assert all(size <= gateway_limit for size in accepted)
