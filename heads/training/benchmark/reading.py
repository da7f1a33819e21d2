"""Judges ways of reading long texts: what two heads make of a reply hidden in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np

from embedder.config import Truncation
from embedder.encoder import LoadedEncoder, embed_texts
from embedder.tokenizer import MAX_WINDOWS, Tokenizer
from embedder.views import View
from heads.inference.head import Head
from heads.inference.stack import Stack
from heads.prediction import FeatureRow, HeadScores
from heads.training.benchmark.long_texts import (
    POSITIONS,
    SIZES,
    Filler,
    LongText,
    choose_rows,
    hide,
)
from heads.training.data.dataset import Dataset
from heads.training.metrics import Bools, Ints


@dataclass(frozen=True)
class Heads:
    """The two heads that are asked; the second has the table [opt_out] and is of yes and no."""

    intent: Head
    opt_out: Head

    @property
    def views(self) -> tuple[str, ...]:
        """Return every view that either reads."""
        both = (*self.intent.manifest.views, *self.opt_out.manifest.views)
        return tuple(dict.fromkeys(both))


@dataclass(frozen=True)
class Answers:
    """What the heads say of n texts: the likeliest intent, whether it is acted on, and opt-outs.

    `opt_out`: the likelier answer is yes; `looked_at`: the probability is so high that a machine
    acts or a person looks.
    """

    intent: Ints
    answered: Bools
    opt_out: Bools
    looked_at: Bools


@dataclass(frozen=True)
class Reading:
    """What n texts were read as, and what each cost: windows and tokens  # (n,)."""

    answers: Answers
    forwards: Ints
    tokens: Ints


def read(
    texts: Sequence[str], tokenizer: Tokenizer, loaded: LoadedEncoder, heads: Heads
) -> Reading:
    """Embed the texts as `tokenizer` cuts them, and ask the heads; n-grams read whole texts."""
    views = heads.views
    items = tokenizer.tokenize_batch([(text, "") for text in texts])
    vectors = embed_texts(
        replace(loaded, tokenizer=tokenizer), texts, [View.parse(view) for view in views]
    )
    rows = [
        FeatureRow({view: vectors[index, at] for at, view in enumerate(views)}, text)
        for index, text in enumerate(texts)
    ]
    intent, opt_out = Stack((heads.intent, heads.opt_out)).predict((0, 1), rows)
    return Reading(
        _answers(intent, opt_out, heads),
        np.array([len(item.windows) for item in items]),
        np.array([item.tokens for item in items]),
    )


def _answers(intent: HeadScores, opt_out: HeadScores, heads: Heads) -> Answers:
    limits = heads.opt_out.manifest.opt_out
    yes = opt_out.scores[:, 0]
    return Answers(
        np.array(intent.best),
        ~np.array(intent.abstained, dtype=bool),
        np.array(opt_out.best) == 0,
        yes >= (limits.review if limits is not None else heads.opt_out.manifest.thresholds["yes"]),
    )


def reading_table(
    loaded: LoadedEncoder,
    folder: Path,
    heads: Heads,
    datasets: tuple[Dataset, Dataset],
    filler: Filler,
    count: int,
) -> list[str]:
    """Return lines of Markdown: the replies alone, then every rule, in all and by place and size.

    `datasets` are the same rows for intent and has_opt_out. Heads are asked whatever encoder rule
    they learnt on: the texts that they learnt from are short, and read alike by all.
    """
    intent, opt_out = datasets
    rows = choose_rows(opt_out, count)
    replies = [opt_out.texts[row] for row in rows]
    longest = loaded.encoder.max_tokens
    whole = Tokenizer(folder, longest * MAX_WINDOWS)
    texts = hide(replies, filler, lambda text: whole.tokenize(text).tokens_total)
    alone = read(replies, Tokenizer(folder, longest), loaded, heads)
    truth = np.stack([intent.truth[rows], opt_out.truth[rows] == 0], axis=1)
    hidden = truth[[text.row for text in texts]]
    lines = [*_HEADING, _line("the reply alone", alone, truth, np.full(len(rows), True))]
    for rule in get_args(Truncation):
        reading = read([t.text for t in texts], Tokenizer(folder, longest, rule), loaded, heads)
        lines.append(_line(f"**{rule}**", reading, hidden, np.full(len(texts), True)))
        for name, chosen in _parts(texts):
            lines.append(_line(f"{rule}, {name}", reading, hidden, chosen))
    return lines


def _parts(texts: Sequence[LongText]) -> Iterator[tuple[str, Bools]]:
    for position in POSITIONS:
        yield f"at the {position}", np.array([text.position == position for text in texts])
    for size in SIZES:
        yield f"{size} tokens", np.array([text.size == size for text in texts])


def _line(name: str, reading: Reading, truth: Ints, chosen: Bools) -> str:
    """Return a line for the chosen texts; `truth`: (n, 2), the intent and whether it opts out."""
    if not chosen.any():
        return f"| {name} |" + " |" * (len(_COLUMNS) - 1)
    answers = reading.answers
    intent, opt_out = truth[chosen, 0], truth[chosen, 1] == 1
    right, answered = answers.intent[chosen] == intent, answers.answered[chosen]
    looked_at = answers.looked_at[chosen]
    cells = [
        name,
        f"{right.mean():.3f}",
        f"{right[answered].mean() if answered.any() else 0:.3f} at {answered.mean():.2f}",
        f"{(answers.opt_out[chosen] == opt_out).mean():.3f}",
        f"{(opt_out & ~looked_at).sum()} of {opt_out.sum()}",
        f"{(~opt_out & looked_at).sum()} of {(~opt_out).sum()}",
        f"{reading.forwards[chosen].mean():.1f}",
        f"{reading.tokens[chosen].mean():.0f}",
    ]
    return f"| {' | '.join(cells)} |"


_COLUMNS = (
    "read by", "intent: right", "answered: right, at coverage", "has_opt_out: right",
    "opt-outs lost", "others looked at", "forwards a text", "tokens a text",
)  # fmt: skip
_HEADING = (f"| {' | '.join(_COLUMNS)} |", "|---|---:|---|---:|---:|---:|---:|---:|")
