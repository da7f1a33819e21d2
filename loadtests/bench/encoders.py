"""Measure encoders beside one another: memory, and CPU a text in English and in German."""

from __future__ import annotations

import logging
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import structlog

from embedder.checkpoint.folder import find_model
from embedder.encoder import Batch, EncoderConfig, LoadedEncoder, embed_texts, load_encoder
from embedder.runtime import prepared_graph
from embedder.views import View

T = TypeVar("T")

# The same replies in both languages, so that a row compares encoders, not texts.
_PAIRS = (
    ("Sounds interesting, do you have time on Thursday at 10?",
     "Klingt spannend, haben Sie Donnerstag um 10 Uhr Zeit?"),
    ("Please send me a price list and a few references.",
     "Schicken Sie mir bitte eine Preisliste und ein paar Referenzen."),
    ("Thanks, but we have only just signed a contract with another supplier.",
     "Danke, aber wir haben gerade erst einen Vertrag mit einem anderen Anbieter unterschrieben."),
    ("No budget this year.", "Kein Budget dieses Jahr."),
    ("Please delete my data and never write to me again.",
     "Bitte löschen Sie meine Daten und schreiben Sie mir nie wieder."),
    ("Ms Keller in purchasing is responsible for this; I have passed your message on to her.",
     "Dafür ist Frau Keller aus dem Einkauf zuständig; ich habe ihr Ihre Nachricht gegeben."),
    ("I am out of the office until 14 August. In urgent cases please turn to my deputy.",
     "Ich bin bis zum 14. August nicht im Büro. In dringenden Fällen hilft meine Vertretung."),
    ("Who are you, and where did you get my address from?",
     "Wer sind Sie, und woher haben Sie meine Adresse?"),
)  # fmt: skip
_LANGUAGES = ("English", "German")
_ROUNDS = 3
_BATCH = 32


@dataclass(frozen=True)
class EncoderCost:
    """What one encoder took in a process of its own, with one thread.

    `anonymous_mb` is memory of its own, `mapped_mb` pages of files, shared and given back at need;
    by language `tokens`, and milliseconds of CPU a text: `alone_ms` one by one, `batch_ms` in 32.
    """

    name: str
    precision: str
    anonymous_mb: float
    mapped_mb: float
    tokens: tuple[float, ...]
    alone_ms: tuple[float, ...]
    batch_ms: tuple[float, ...]


def compare(folders: Sequence[Path | None], cache: Path) -> list[EncoderCost]:
    """Measure each folder's encoder (None: the default) in a fresh process, one after another."""
    costs = []
    for folder in folders:
        _in_a_process(build, folder, cache)  # what builds the graph must not count as memory
        costs.append(_in_a_process(measure, folder, cache))
    return costs


def build(folder: Path | None, cache: Path) -> None:
    """Build an encoder's graph in `cache`."""
    prepared_graph(find_model(folder), cache)


def measure(folder: Path | None, cache: Path) -> EncoderCost:
    """Load an encoder, embed all texts to the last layer, and say what it took."""
    loaded = load_encoder(EncoderConfig(model=folder, streams=1, cache_dir=cache))
    views = [View("mean", loaded.encoder.layers)]
    texts = [[pair[i] for pair in _PAIRS] for i in range(len(_LANGUAGES))]
    for some in texts:  # the first forward of each shape is slower
        _alone(loaded, some, views)
        embed_texts(loaded, some * (_BATCH // len(some)), views)
    alone = tuple(_alone(loaded, some, views) for some in texts)
    batch = tuple(_together(loaded, some, views) for some in texts)
    tokens = [loaded.tokenizer.tokenize_batch([(t, "") for t in some]) for some in texts]
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    sizes = dict(line.split(":", 1) for line in status)
    anonymous, mapped = (int(sizes[key].split()[0]) / 1024 for key in ("RssAnon", "RssFile"))
    return EncoderCost(
        loaded.encoder.identity.model_id, loaded.encoder.identity.precision, anonymous, mapped,
        tuple(float(np.mean([item.tokens for item in items])) for items in tokens), alone, batch,
    )  # fmt: skip


def table(costs: Sequence[EncoderCost]) -> str:
    """Format one row an encoder and language."""
    lines = [
        "| encoder | own MB | mapped MB | language | tokens | CPU ms alone | CPU ms in 32 |",
        "|---|---:|---:|---|---:|---:|---:|",
    ]
    for cost in costs:
        for index, language in enumerate(_LANGUAGES):
            lines.append(
                f"| {cost.name}, {cost.precision} | {cost.anonymous_mb:.0f} | {cost.mapped_mb:.0f} "
                f"| {language} | {cost.tokens[index]:.1f} | {cost.alone_ms[index]:.2f} "
                f"| {cost.batch_ms[index]:.2f} |"
            )
    return "\n".join(lines)


def _in_a_process(step: Callable[[Path | None, Path], T], folder: Path | None, cache: Path) -> T:
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, initializer=_be_quiet) as process:
        return process.submit(step, folder, cache).result()


def _be_quiet() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _alone(loaded: LoadedEncoder, texts: Sequence[str], views: list[View]) -> float:
    """Return the least CPU of several rounds: others on the machine only add to it."""

    def once() -> None:
        for text in texts:
            loaded.encoder.forward(Batch.of([loaded.tokenizer.tokenize(text)], views))

    return min(_cpu_ms(once) for _ in range(_ROUNDS)) / len(texts)


def _together(loaded: LoadedEncoder, texts: Sequence[str], views: list[View]) -> float:
    many = list(texts) * (_BATCH // len(texts))
    return min(_cpu_ms(lambda: embed_texts(loaded, many, views)) for _ in range(_ROUNDS)) / _BATCH


def _cpu_ms(work: Callable[[], object]) -> float:
    started = time.process_time()  # of all threads
    work()
    return (time.process_time() - started) * 1000
