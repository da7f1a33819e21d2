"""Ids that sort by time, and the time within them."""

import pytest

from trunkline.ulid import new_id, time_of


def test_the_time_of_an_id_is_that_of_its_making() -> None:
    """To the millisecond."""
    assert time_of(new_id(1_764_000_000.123)).timestamp() == pytest.approx(1_764_000_000.123)


@pytest.mark.parametrize(
    "text",
    ["", "0", "B6V706THTS00CHYP7W43Q5RRR9", "01M8M2ZA5H\0E8NJ2943PFVBNNA", "0" * 27, "u" * 26],
)
def test_any_other_text_has_no_time(text: str) -> None:
    """Too short or long, of other letters, or of a year that no calendar has."""
    with pytest.raises(ValueError, match="id"):
        time_of(text)
