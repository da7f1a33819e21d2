"""The mails of the measurement of memory."""

from itertools import islice

from loadtests.bench.bulk_memory import DISTINCT, mails


def test_mails_repeat_and_no_two_rows_are_one() -> None:
    """However many there are: as many texts as the measurement says, each row with its own id."""
    rows = list(mails(2 * DISTINCT + 10))

    assert len({row["text"] for row in rows}) == DISTINCT
    assert len({row["id"] for row in rows}) == len(rows)
    assert [row["text"] for row in islice(mails(10), 10)] == [row["text"] for row in rows[:10]]
