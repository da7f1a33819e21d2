"""Request ids: ours sort by time, others' are taken up only where they are harmless."""

import pytest

from gateway.api.ids import accepted_request_id, new_id


def test_ids_sort_by_time_and_never_repeat() -> None:
    """26 characters of Crockford base 32, ordered by millisecond, 80 random bits behind."""
    ids = [new_id(1_700_000_000 + i / 1000) for i in range(1000)]
    assert ids == sorted(ids)
    assert all(len(i) == 26 and set(i) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for i in ids)
    assert len({new_id(1.0) for _ in range(10_000)}) == 10_000
    assert new_id(0.001)[:10] == "0000000001"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-1.2:3_X", True), ("", False), (None, False), ("a b", False), ("x" * 129, False)],
)
def test_only_harmless_request_ids_are_repeated(given: str | None, kept: bool) -> None:
    """An id that could break a header or a log line is replaced."""
    assert accepted_request_id(given) == (given if kept else None)
