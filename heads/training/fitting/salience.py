"""Learns which tokens speak for a sentence of a long text: those that tell labels apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import tokenizers
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from heads.training.data.dataset import Dataset

_STRENGTH: Final = 0.3  # of the fit to the rows, against small weights
_DIGITS: Final = 2


def salience_table(data: Dataset, tokenizer: tokenizers.Tokenizer) -> bytes:
    """Return embedder/salience.json: a weight for each label of every token that has any.

    Multinomial logistic regression on which tokens a text has; weights that round to nothing are
    left out. A long text's neutral sentences have few tokens that tell one label from another.
    """
    ids = [np.unique(tokens) for tokens in _tokens(data.texts, tokenizer)]
    ends = np.cumsum([0, *map(len, ids)])
    shape = (len(ids), tokenizer.get_vocab_size())
    x = csr_matrix((np.ones(ends[-1]), np.concatenate(ids), ends), shape=shape)
    model = LogisticRegression(C=_STRENGTH, max_iter=200).fit(x, data.truth)
    weights = np.round(model.coef_.T, _DIGITS)  # (vocabulary, labels)
    pieces = {
        tokenizer.id_to_token(at): weights[at].tolist()
        for at in np.flatnonzero(np.abs(weights).max(axis=1)).tolist()
    }
    labels = [data.task.labels[at] for at in model.classes_.tolist()]
    lines = ",\n".join(f"{json.dumps(p)}:{json.dumps(w)}" for p, w in sorted(pieces.items()))
    return f'{{"labels": {json.dumps(labels)}, "pieces": {{\n{lines}\n}}}}\n'.encode()


def _tokens(texts: Sequence[str], tokenizer: tokenizers.Tokenizer) -> list[list[int]]:
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [encoding.ids for encoding in encoded]
