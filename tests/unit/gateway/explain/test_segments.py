"""A text in a few segments: nothing is lost, nothing is twice, sentences stay whole."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.explain.segments import MAX_SEGMENTS, kept_text, segments
from tests.support.examples import examples

TEXTS = st.text("ab M.r!?\n 1é。’)", max_size=80)


def parts(text: str, most: int = 9) -> list[str]:
    """Return the segments' texts."""
    return [text[start:end] for start, end in segments(text, most)]


def test_sentences_end_at_marks_and_lines_and_not_at_titles_and_numbers() -> None:
    """A greeting's line is a sentence; "Mr. Low" and "2.5" are whole."""
    text = "Hi Tom,\n\nMr. Low of J. Doe pays 2.5 million! (Really?) Ask him.\n-- \nBye"
    assert parts(text) == ["Hi Tom,", "Mr. Low of J. Doe pays 2.5 million!", "(Really?)",
                           "Ask him.\n--", "Bye"]  # fmt: skip


def test_the_shortest_neighbours_are_joined() -> None:
    """So that the fewest words share a segment."""
    text = "One two three four. A. Five six seven eight. Nine ten eleven."
    assert parts(text, 3) == [
        "One two three four.",
        "A. Five six seven eight.",
        "Nine ten eleven.",
    ]


@settings(max_examples=examples(200))
@given(text=TEXTS, most=st.integers(1, 6))
def test_every_word_is_in_one_segment(text: str, most: int) -> None:
    """Spans ascend without overlap, are no more than asked for, and hold all letters and digits."""
    spans = segments(text, most)
    assert len(spans) <= most
    assert [edge for span in spans for edge in span] == sorted(e for span in spans for e in span)
    held = "".join(text[start:end] for start, end in spans)
    assert re.findall(r"\w", held) == re.findall(r"\w", text)
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


def test_all_segments_together_read_as_the_text() -> None:
    """The model reads the whole text where nothing is left out."""
    text = "Please stop. I have no budget,  none at all.\nAsk Jo."
    spans = segments(text, MAX_SEGMENTS)
    assert kept_text(text, spans, frozenset(range(len(spans)))) == " ".join(text.split())
    assert kept_text(text, spans, frozenset({0, 2})) == "Please stop. Ask Jo."


def test_the_longest_texts_cost_no_more_than_their_length() -> None:
    """Sentences of a word, and dots without an end: minutes of a worker, were they quadratic."""
    for text in ("yes. " * 40_000, "x\u3002" * 100_000, "." * 200_000 + "x", "a" + "!" * 199_999):
        spans = segments(text)
        assert len(spans) <= MAX_SEGMENTS
        assert all(start < end <= len(text) for start, end in spans)
