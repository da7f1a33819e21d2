"""Places in what an encoder reads, in the cleaned text and in what was sent."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.explain.offsets import ModelOffsets, SentOffsets
from gateway.mail import MailInput, clean
from gateway.mail.message.normalise import for_model, normalise
from tests.support.examples import examples

TEXTS = st.text("aB s\n.,éﬁа\u200b\t", max_size=60)


def located(text: str, word: str) -> str:
    """Return what stands in the text where a word of the model's text does."""
    model_text, _ = for_model(text)
    start = model_text.index(word)
    place = ModelOffsets(model_text, text).locate((start, start + len(word)))
    return text[slice(*place)]


def test_words_are_found_where_the_model_reads_other_letters() -> None:
    """Blanks, ligatures, look-alikes, spaced letters; letters inside a word that is the same."""
    text = normalise("Hi  Tom,\n\nplease s t o p it, \ufb01nd somebody, pаypal too")
    assert located(text, "stop") == "s t o p"
    assert located(text, "find") == "\ufb01nd"
    assert located(text, "paypal") == "pаypal"
    assert located(text, "Tom, please") == "Tom,\n\nplease"
    assert located(text, "some") == "some"


@settings(max_examples=examples(200))
@given(text=TEXTS.map(normalise), start=st.integers(0, 60), size=st.integers(0, 20))
def test_every_span_has_a_place(text: str, start: int, size: int) -> None:
    """Within the text, in order; and in plain words the very letters."""
    model_text, _ = for_model(text)
    start = min(start, len(model_text))
    end = min(start + size, len(model_text))
    low, high = ModelOffsets(model_text, text).locate((start, end))
    assert 0 <= low <= high <= len(text)
    word = model_text[start:end].strip()
    if text.isascii() and word and " " not in word and word == model_text[start:end]:
        assert text[low:high] == word or " " in text


@settings(max_examples=examples(100))
@given(st.lists(st.sampled_from(["Yes, please.", "No.", "Ask Jo", ""]), min_size=1, max_size=5))
def test_cleaned_words_are_found_in_what_was_sent(lines: list[str]) -> None:
    """Whatever ends its lines, and whatever is quoted below."""
    sent = "\r\n".join([*lines, "", "On Mon, 2 Mar 2026 at 10:12, Ann <a@b.c> wrote:", "> No."])
    cleaned = clean(MailInput(text=sent)).text
    offsets = SentOffsets.find(cleaned, sent)
    assert offsets is not None
    for line in filter(None, cleaned.split("\n")):
        start = cleaned.index(line)
        assert sent[slice(*offsets.locate((start, start + len(line))))] == line


def test_words_that_were_changed_are_not_made_up() -> None:
    """Then offsets are of the cleaned text, which the answer holds."""
    assert SentOffsets.find("a b", "a\u00a0b") is None
