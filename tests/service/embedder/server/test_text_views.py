"""`text@LAYER` over real sockets and the real model."""

from pathlib import Path

import numpy as np
import pytest

from embedder.client import EmbedderClient
from embedder.config import Settings
from embedder.encoder import EncoderConfig, load_encoder
from embedder.server.server import Loaded
from embedder.testing.server import serve_server
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.service

VIEWS = ["mean@3", "text@3", "text@6", "cls@6"]
PAIRS = {
    "No budget this year, sorry.": "Do you have ten minutes on Tuesday?",
    "Yes please": "",
    "Who are you, and how did you find my address? Please stop.": "Following up on my last mail.",
    "ok": "Shall I send the offer to your colleague in procurement instead? " * 4,
}


def test_a_batch_with_mixed_contexts_equals_each_alone(tmp_path: Path) -> None:
    """Every view of every text is that of the text alone; without a context `text` is `mean`."""
    config = EncoderConfig(cache_dir=tmp_path, precision="fp32", streams=1)
    encoder = load_encoder(config)
    loaded = Loaded(encoder.encoder, encoder.tokenizer, encoder.cost)
    texts, contexts = list(PAIRS), list(PAIRS.values())
    answers = []
    for calls in ([(texts, contexts)], [([t], [c]) for t, c in PAIRS.items()]):
        # A server each: the second must not answer from what the first has cached.
        with serve_server(settings=Settings(port=0, metrics_port=0), loaded=loaded) as server:
            client = EmbedderClient(f"127.0.0.1:{server.port}", default_timeout_s=WAIT_S)
            answers.append(
                [item for t, c in calls for item in client.embed(t, VIEWS, contexts=c).items]
            )
            client.close()
    for together, alone, context in zip(*answers, contexts, strict=True):
        assert together.cache == alone.cache == "miss"
        for view in VIEWS:
            assert np.abs(together.vectors[view] - alone.vectors[view]).max() < 1e-5
        difference = np.abs(together.vectors["text@3"] - together.vectors["mean@3"]).max()
        assert (difference > 0.01) if context else (difference == 0)
