"""Lists the ways of learning that a study compares."""

from __future__ import annotations

from collections.abc import Sequence

from heads.training.errors import DataError
from heads.training.study import frozen
from heads.training.study.frozen import Frozen
from heads.training.study.ngrams import Ngrams
from heads.training.study.strategies import Cost, Strategy
from heads.training.study.tuned import Tuned, Tuner

NAMES = (
    "tfidf-lightgbm", "tfidf-svm", "static", "frozen-last", "frozen-best", "frozen-last4",
    "fine-tuned", "tuned", "low-rank", "joint",
)  # fmt: skip
_WHOLE = "the encoder tuned whole"


def strategies(names: Sequence[str] = ()) -> tuple[Strategy, ...]:
    """Return the named strategies, all without names. Raises DataError for an unknown name."""
    if unknown := set(names) - set(NAMES):
        raise DataError(f"no strategy {', '.join(sorted(unknown))}: there are {', '.join(NAMES)}")
    tuner = Tuner()
    every: tuple[Strategy, ...] = (
        Ngrams("tfidf-lightgbm", "TF-IDF, boosted trees", "lightgbm"),
        Ngrams("tfidf-svm", "TF-IDF, linear SVM", "svm"),
        Frozen("static", "static word vectors", frozen.static),
        Frozen("frozen-last", "frozen encoder, last layer", frozen.last),
        Frozen("frozen-best", "frozen encoder, best layers", frozen.each, Cost(2.0, 0.01, 0.003)),
        Frozen("frozen-last4", "frozen encoder, last four layers", frozen.last_four),
        Tuned("fine-tuned", "fine-tuned encoder", tuner=tuner, shares=_WHOLE),
        Tuned("tuned", "tuned encoder, linear head", reads="features", tuner=tuner, shares=_WHOLE),
        Tuned("low-rank", "fine-tuned by LoRA", low_rank=True),
        Tuned("joint", "fine-tuned on all its labels", joint=True),
    )
    return tuple(strategy for strategy in every if not names or strategy.name in names)
