"""Laws of choosing sentences by a table of salience."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tokenizers

from embedder.checkpoint.folder import ModelError, find_base, find_model
from embedder.sentences import SALIENCE_FILE, Salience, read_salience
from embedder.tokenizer import Tokenizer

STOP = 9


def salience(**weights: float) -> Salience:
    """Make a table over ten tokens, of which the last ends a sentence, for one ask."""
    table = np.zeros((10, 1), dtype=np.float32)
    for token, weight in weights.items():
        table[int(token[1:])] = weight
    return Salience(table, np.arange(10) == STOP, "digest")


def chosen(table: Salience, ids: list[int], room: int) -> list[int]:
    """Choose among these tokens."""
    places = table.kept(np.array(ids, dtype=np.int32), room).tolist()
    return [ids[place] for place in places]


def test_the_best_sentences_are_kept_in_their_order() -> None:
    """Within a sixth of the room, though a better one stands behind a worse; others go."""
    ids = [1, 2, STOP, 3, STOP, 4, 5, STOP, 6, STOP, 1, 1, STOP]
    table = salience(t3=1.0, t6=2.0)

    assert chosen(table, ids, 12) == [6, STOP]
    assert chosen(table, [*ids, *[1] * 12], 24) == [3, STOP, 6, STOP]


def test_without_a_weight_the_first_sentences_stay() -> None:
    """And a first sentence longer than the budget is cut."""
    assert chosen(salience(), [1, STOP, 2, STOP, 3, STOP, 4, STOP, *[5] * 5], 12) == [1, STOP]
    assert chosen(salience(), [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5], 12) == [1, 2]


def test_a_text_without_full_stops_is_cut_into_pieces() -> None:
    """Else a list or a table would be one sentence, kept or lost as a whole."""
    ids = [1] * 100 + [2] * 48 + [1] * 100

    assert 2 in chosen(salience(t2=1.0), ids, 200)


def test_a_token_counts_once_and_the_greatest_ask_alone() -> None:
    """Repeating a word does not make a sentence matter more, nor a little of each ask."""
    asks = np.zeros((10, 2), dtype=np.float32)
    asks[1, 0], asks[2], asks[3, 1] = 1.0, (0.7, 0.7), 1.5
    table = Salience(asks, np.arange(10) == STOP, "digest")

    assert chosen(table, [1, 1, 1, STOP, 2, STOP, 3, STOP, *[4] * 5], 12) == [3, STOP]


def test_the_closing_request_of_a_long_mail_is_read(tmp_path: Path) -> None:
    """By the shipped table; head_tail would keep it at the end alone, and far more beside it."""
    prose = "The warehouse finished its count on Friday. The new hall has three doors. " * 30
    text = f"{prose} Please take me off your mailing list. {prose}"
    tokenizer = Tokenizer(find_model().folder, 64, "sentences")
    whole = tokenizers.Tokenizer.from_file(str(find_model().folder / "tokenizer.json"))
    tokens = tokenizer.tokenize(text)

    assert "take me off your mailing list" in whole.decode(tokens.windows[0].tolist())
    assert tokens.truncated
    assert tokens.tokens <= 12


def test_the_table_is_part_of_the_fingerprint(tmp_path: Path) -> None:
    """Another table is another function from text to vectors; other rules do not name it."""
    rule = Tokenizer(find_model().folder, 64, "sentences").rule
    whole = tokenizers.Tokenizer.from_file(str(find_base().folder / "tokenizer.json"))
    other = tmp_path / "salience.json"
    other.write_bytes(SALIENCE_FILE.read_bytes() + b"\n")

    assert read_salience(whole).digest in rule
    assert read_salience(whole, other).digest not in rule
    assert Tokenizer(find_model().folder, 64).rule == "head_tail:4/context:4"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no table of salience"),
        ('{"pieces": {}}', "weights must be numbers"),
        ('{"pieces": {"no": [1], "yes": [1, 2]}}', "no table of salience"),
        ('{"pieces": {"no": [NaN]}}', "weights must be numbers"),
        ('{"pieces": {"no": [1], "\u2581no": [1], "\u2581yes": [1]}}', "1 of 3 pieces"),
    ],
)
def test_a_table_that_is_of_no_use_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """Damaged, or of another tokenizer: nothing would be told apart by it."""
    whole = tokenizers.Tokenizer.from_file(str(find_base().folder / "tokenizer.json"))
    (tmp_path / "t.json").write_text(content, encoding="utf-8")

    with pytest.raises(ModelError, match=message):
        read_salience(whole, tmp_path / "t.json")


def test_the_shipped_table_names_its_asks() -> None:
    """A weight for each label of intent, for some thousands of tokens."""
    table = json.loads(SALIENCE_FILE.read_text(encoding="utf-8"))

    assert "unsubscribe" in table["labels"]
    assert {len(weights) for weights in table["pieces"].values()} == {len(table["labels"])}
    assert 1_000 < len(table["pieces"]) < 10_000
