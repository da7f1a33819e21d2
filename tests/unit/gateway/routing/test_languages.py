"""The language model's laws: each language is told, what is in none is said, and briefly."""

import json
from collections import Counter
from pathlib import Path

import pytest

from gateway.offline.languages import confusion, learn, read_rows
from gateway.routing.languages import UNKNOWN, LanguageModel, likeliest, read_model

_DATA = Path(__file__).parents[4] / "heads" / "data"
_HELD_OUT = sorted((_DATA / "prepared_held_out").glob("*.jsonl"))


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    """Return the model that ships."""
    return read_model()


def test_writers_it_did_not_learn_from_are_told_apart(model: LanguageModel) -> None:
    """Of held-out replies long enough to tell, 0.95 or more of each language are told right."""
    counts = confusion(model, read_rows(_HELD_OUT))
    shares = {}
    for language, guesses in counts.items():
        told = Counter(guesses)
        del told["too short"]
        shares[language] = told[language] / told.total()
    assert set(shares) == set(model.languages)
    assert min(shares.values()) >= 0.95
    assert shares["en"] >= 0.995


@pytest.mark.parametrize(
    "text", ["", "ok", "nope", "no", "stop", "10:30?", "👍", "+49 170 1234567"]
)
def test_what_is_too_short_has_no_language(model: LanguageModel, text: str) -> None:
    """A word that many languages share says nothing of its language."""
    assert likeliest(model.probabilities(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "Сегодня в Москве идёт снег, и дороги скользкие.",
        "今日はとても良い天気ですね。散歩に行きましょう。",
        "Dziękuję za wiadomość, ale nie jesteśmy zainteresowani.",
    ],
)
def test_another_language_is_none_of_its_own(model: LanguageModel, text: str) -> None:
    """What is written in another language is not taken for the nearest that it knows."""
    assert likeliest(model.probabilities(text)) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "language"),
    [("Nein danke", "de"), ("Abmelden", "de"), ("No gracias", "es"), ("Remove me", "en")],
)
def test_two_plain_words_are_enough(model: LanguageModel, text: str, language: str) -> None:
    """A short refusal is in the language of its words."""
    assert likeliest(model.probabilities(text)) == language


def test_learning_is_repeatable_and_reads_back(tmp_path: Path) -> None:
    """The same rows in any order make the same file, and it tells them apart."""
    rows = [("good morning to you", "en"), ("good evening to you", "en")]
    rows += [("guten morgen an alle", "de"), ("guten abend an alle", "de")]
    content = learn(rows, "en", 0.5)
    assert learn(rows[::-1], "en", 0.5) == content
    file = tmp_path / "languages.tsv"
    file.write_text(content, encoding="utf-8")
    made = read_model(file)
    assert confusion(made, rows) == {"en": {"en": 2}, "de": {"de": 2}}


def test_the_shipped_model_is_that_of_the_corpus(model: LanguageModel) -> None:
    """The command over the corpus that heads learn from writes what ships."""
    rows = read_rows(sorted((_DATA / "prepared").glob("*.jsonl")))
    lines = learn(rows, "en", 0.75).splitlines()
    assert json.loads(lines[0])["rows"] == len(rows)
    assert {line.split("\t")[0] for line in lines[1:]} == set(model.vocabulary)
