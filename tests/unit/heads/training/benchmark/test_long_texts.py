"""Laws of hiding replies in long texts, and of reading them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tokenizers

from embedder.checkpoint.folder import find_base
from embedder.encoder import EncoderConfig, load_encoder
from heads.inference.head import Head
from heads.manifest import Manifest
from heads.training.benchmark.long_texts import POSITIONS, SIZES, Filler, choose_rows, hide
from heads.training.benchmark.reading import Heads, reading_table
from heads.training.commands.long_texts import FILLER
from heads.training.data.dataset import Dataset, make_dataset
from heads.training.data.tables import Record, read_records
from heads.training.data.taxonomy import REPLY_TASKS
from heads.training.errors import DataError
from heads.training.fitting.salience import salience_table
from tests.support.bundles import FINGERPRINT, table, weights
from tests.support.checkpoints import write_bert

SENTENCES = Filler.of(read_records((FILLER,)))


def rows(name: str, count: int = 24, **more: Any) -> Dataset:
    """Make replies of five words, every third of which opts out."""
    records = [
        Record(
            Path("r.jsonl"),
            n,
            {
                "text": f"{('remove', 'meet', 'hello')[n % 3]} me please {n} now",
                "intent": ("unsubscribe", "positive", "other")[n % 3],
                "positive_kind": "misc",
                "has_opt_out": n % 3 == 0,
                "lang": "en",
                "author": f"p{n}",
                **more,
            },
        )
        for n in range(count)
    ]
    return make_dataset(REPLY_TASKS[name], records)


def test_a_reply_stands_whole_where_it_was_put() -> None:
    """Once at every place of a text of about the wanted size, with the same words around it."""
    replies = [f"reply number {n}" for n in range(len(SIZES))]
    made = hide(replies, SENTENCES, lambda text: len(text.split()))

    assert [text.position for text in made] == list(POSITIONS) * len(SIZES)
    for text in made:
        parts = text.text.split("\n\n")
        place = parts.index(replies[text.row])
        assert {"start": place == 0, "end": place == len(parts) - 1}.get(
            text.position, 0 < place < len(parts) - 1
        )
        assert 0.6 * text.size <= len(text.text.split()) <= text.size
        assert text.size == SIZES[text.row]
    assert hide(replies, SENTENCES, lambda text: len(text.split())) == made


def test_half_of_what_is_hidden_opts_out() -> None:
    """As far as there are so many; other languages and longer replies are left out."""
    data = rows("has_opt_out")
    chosen = choose_rows(data, 12)

    assert sum(data.truth[row] == 0 for row in chosen) == 6
    assert len(set(chosen)) == 12
    assert choose_rows(rows("has_opt_out", lang="de"), 12) == []


def test_filler_has_both_kinds() -> None:
    """Prose of one's own and a product's page; without either there is nothing to hide in."""
    assert min(len(SENTENCES.prose), len(SENTENCES.quoted)) > 20
    with pytest.raises(DataError, match="filler needs"):
        Filler.of([Record(Path("f.jsonl"), 1, {"kind": "prose", "text": "The hall is new."})])


def small_head(name: str, **changes: Any) -> Head:
    """Build a random head on the last layer of a small encoder."""
    task = REPLY_TASKS[name]
    made = table(name, "1", task.kind, task.labels, [{"views": ["text@2"]}], **changes)
    files = dict.fromkeys(("weights.safetensors", "golden.json"), FINGERPRINT)
    manifest = Manifest.model_validate({"format": 1, **made, "files": files})
    return Head.build(manifest, weights(made, 0, dim=16))


def test_every_rule_has_a_line_in_all_and_by_place_and_size(tmp_path: Path) -> None:
    """Windows cost more forwards, sentences fewer tokens; the replies alone stand first."""
    folder = write_bert(tmp_path / "mini")
    loaded = load_encoder(EncoderConfig(model=folder, streams=1, cache_dir=tmp_path / "graphs"))
    heads = Heads(
        small_head("intent"), small_head("has_opt_out", opt_out={"yes": 0.9, "review": 0.5})
    )
    lines = reading_table(
        loaded, folder, heads, (rows("intent"), rows("has_opt_out")), SENTENCES, 8
    )
    cells = {line.split(" | ")[0].strip("| *"): line.strip("| ").split(" | ") for line in lines}
    parts = len(POSITIONS) + len(SIZES) + 1

    assert len(lines) == 2 + 1 + 3 * parts
    assert cells["the reply alone"][6] == "1.0"
    assert float(cells["windows"][6]) > 5 > float(cells["sentences"][6]) == 1.0
    assert float(cells["sentences"][7]) < 20 < float(cells["head_tail"][7])
    assert cells["head_tail, at the end"][4].endswith("of 4")


def test_salience_weighs_the_tokens_that_tell_labels_apart() -> None:
    """A weight for each label that there is; tokens of every text alike are left out."""
    tokenizer = tokenizers.Tokenizer.from_file(str(find_base().folder / "tokenizer.json"))
    tokenizer.no_padding()
    learnt = json.loads(salience_table(rows("intent", 60), tokenizer))
    labels = learnt["labels"]

    assert set(labels) == {"positive", "unsubscribe", "other"}
    assert "please" not in learnt["pieces"]
    assert learnt["pieces"]["remove"][labels.index("unsubscribe")] > 0
