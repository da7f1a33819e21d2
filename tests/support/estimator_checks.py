"""Runs scikit-learn's checks on `TextClassifier`, its texts made of numbers; prints them as JSON.

scikit-learn skips every check of an estimator that takes texts. So numbers become words, one a
column, and what is checked are the classifier's own `fit` and `predict`.
"""

from __future__ import annotations

import json
from typing import Any

from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

from embedder.runtime import Precision
from heads.training.text_classifier import TextClassifier


class NumbersAsWords(TextClassifier):
    """The classifier over a table of numbers; by words alone, so that no encoder is loaded."""

    def __init__(
        self,
        members: str = "lexical",
        *,
        model: str | None = None,
        precision: Precision = "auto",
        random_state: int = 0,
    ) -> None:
        super().__init__(members, model=model, precision=precision, random_state=random_state)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = False, True
        return tags

    def _texts(self, X: Any, *, reset: bool) -> list[str]:  # noqa: N803 - scikit-learn's name
        table = validate_data(self, X, reset=reset)
        return [
            " ".join(f"c{place}v{round(float(number) * 2)}" for place, number in enumerate(row))
            for row in table
        ]


if __name__ == "__main__":
    results = check_estimator(NumbersAsWords(), on_skip=None, on_fail=None)
    print(
        json.dumps([[its["check_name"], its["status"], str(its["exception"])] for its in results])
    )
