"""What tokens give to a direction's product, against transformers and the encoder's own vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers import BertModel

from embedder.api import Direction
from embedder.checkpoint.folder import find_model
from embedder.encoder import Batch, EncoderConfig, LoadedEncoder, load_encoder
from embedder.tokenizer import Tokenizer
from embedder.views import View

TEXT = "Thanks for the note — the price is out of range, so please take me off your list. "
VIEWS = ("text@3", "mean@4", "cls@6")
CONTEXT = "Would you like a demo?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep the graphs of all tests of this file."""
    return tmp_path_factory.mktemp("graphs")


def load(folder: Path, **more: Any) -> LoadedEncoder:
    """Load the default encoder in fp32 with one stream, unless `more` says otherwise."""
    settings: dict[str, Any] = {"precision": "fp32", "streams": 1, "cache_dir": folder, **more}
    return load_encoder(EncoderConfig(**settings))


def directions(views: tuple[str, ...] = VIEWS) -> list[Direction]:
    """Make a direction for each view."""
    rng = np.random.default_rng(3)
    return [Direction(view, rng.normal(0, 0.05, 384).astype(np.float32)) for view in views]


def pooled(loaded: LoadedEncoder, text: str, wanted: list[Direction]) -> NDArray[np.float32]:
    """Return the directions' products with the vectors that `forward` gives."""
    tokens = loaded.tokenizer.tokenize(text, CONTEXT)
    views = [View.parse(direction.view) for direction in wanted]
    vectors = loaded.encoder.forward(Batch.of([tokens], views))[0]
    return np.array([d.vector @ v for d, v in zip(wanted, vectors, strict=True)], np.float32)


@pytest.mark.parametrize("runtime", ["openvino", "onnxruntime"])
def test_shares_are_those_of_the_tokens_own_states(folder: Path, runtime: str) -> None:
    """Each is within 1e-4 of direction * state / tokens, with the states of transformers."""
    loaded = load(folder, runtime=runtime)
    wanted = directions(("mean@3", "mean@6"))
    tokens = loaded.tokenizer.tokenize(TEXT, CONTEXT)
    got = loaded.encoder.attribute(tokens, wanted)
    model = BertModel.from_pretrained(find_model().folder, attn_implementation="eager").eval()
    with torch.no_grad():
        states = model(
            input_ids=torch.tensor(tokens.windows[0][None].astype(np.int64)),
            token_type_ids=torch.tensor(tokens.type_ids[0][None].astype(np.int64)),
            output_hidden_states=True,
        ).hidden_states
    for row, direction in enumerate(wanted):
        state = states[View.parse(direction.view).layer][0].numpy()
        assert np.abs(got.shares[row] - state @ direction.vector / len(state)).max() < 1e-4


@pytest.mark.parametrize("truncation", ["head_tail", "windows", "sentences"])
@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_shares_sum_to_the_product_of_the_pooled_vector(
    folder: Path, truncation: str, precision: str
) -> None:
    """To 1e-4, for short and for cut texts, by every rule of truncation, and as `forward` pools."""
    loaded = load(folder, truncation=truncation, precision=precision, max_tokens=64)
    for text in (TEXT, TEXT * 9):
        tokens, spans = loaded.tokenizer.trace(text, CONTEXT)
        got = loaded.encoder.attribute(tokens, directions())
        assert got.shares.shape == (3, tokens.tokens) == (3, len(spans))
        assert np.abs(got.shares.sum(axis=1) - got.pooled).max() < 1e-4
        assert np.abs(got.pooled - pooled(loaded, text, directions())).max() < 1e-2


@pytest.mark.parametrize("truncation", ["head_tail", "windows", "sentences"])
def test_a_trace_has_the_tokens_of_tokenizing_and_where_they_stand(truncation: Any) -> None:
    """A token's span is the very characters sent; [CLS], [SEP] and the context's have none."""
    tokenizer = Tokenizer(find_model().folder, 64, truncation)
    for text in (TEXT, TEXT * 9, "  Grüße\n\tаnd 价格 "):
        tokens, spans = tokenizer.trace(text, CONTEXT)
        same = tokenizer.tokenize(text, CONTEXT)
        for one, other in zip(tokens.windows, same.windows, strict=True):
            assert (one == other).all()
        words = [text[start:end] for start, end in spans.tolist() if end > start]
        assert all(word == word.strip() for word in words)
        assert spans[0].tolist() == [0, 0]
        assert len(spans) - len(words) >= 3
    assert "".join(words).startswith("Grüße")


def test_a_text_beyond_all_bounds_is_traced_to_its_end() -> None:
    """What is cut out of the middle before tokenizing moves no span of the tail."""
    text = "start " + "word " * 2000 + "finish."
    _, spans = Tokenizer(find_model().folder, 16).trace(text)
    words = [text[start:end] for start, end in spans.tolist() if end > start]
    assert (words[0], words[-2:]) == ("start", ["finish", "."])
