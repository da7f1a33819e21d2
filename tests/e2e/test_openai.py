"""The `openai` package against a real embedder and gateway; its vectors against transformers."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import openai
import pytest
import torch
from numpy.typing import NDArray
from openai import OpenAI
from transformers import AutoTokenizer, BertModel

from embedder.checkpoint.folder import find_model
from gateway.auth.keys import Scope, new_key
from loadtests.stack.stack import Stack
from tests.support.waiting import PATIENT, WAIT_S

pytestmark = pytest.mark.e2e

MODEL = "all-MiniLM-L6-v2-replies"
LAYERS = 6
TEXTS = [
    "What would 20 seats cost?",
    "Bitte nehmen Sie mich von der Liste. Danke!",
    "No.",
    "Thanks, but we have no budget left this year, so please ask again in spring. " * 8,
]
KEYS = {scope: new_key(f"the-{scope}", [scope], date(2026, 1, 2)) for scope in
        ("embeddings", "classify")}  # fmt: skip


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run the default encoder in fp32, and a gateway that asks for keys."""
    keys = "\n".join(key.line() for _, key in KEYS.values())
    env = {
        "GATEWAY_HEADS": "local",
        "GATEWAY_API_KEYS": keys,
        "GATEWAY_WORKERS": "1",
        "EMBEDDER_PRECISION": "fp32",
    }
    running = Stack(tmp_path_factory.mktemp("openai"), {**PATIENT, **env})
    try:
        running.start("embedder", "gateway")
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[OpenAI]:
    """Yield the package's client, as its own documentation makes it."""
    with _client(stack, "embeddings") as made:
        yield made


def _client(stack: Stack, scope: Scope) -> OpenAI:
    url = f"{stack.gateway_url}/v1"
    return OpenAI(base_url=url, api_key=KEYS[scope][0], timeout=WAIT_S, max_retries=0)


@pytest.fixture(scope="module")
def states() -> list[list[NDArray[np.float32]]]:
    """Return every layer's output for each text alone, by transformers: (tokens, dim)."""
    folder = find_model().folder
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = BertModel.from_pretrained(folder)
    model.eval()
    with torch.no_grad():
        outputs = [
            model(**tokenizer(text, return_tensors="pt"), output_hidden_states=True).hidden_states
            for text in TEXTS
        ]
    return [[layer[0].numpy() for layer in output] for output in outputs]


def _sentence_vector(state: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pool as sentence-transformers does for this model: the tokens' mean, brought to length 1."""
    mean = state.mean(0)
    unit: NDArray[np.float32] = mean / np.linalg.norm(mean)
    return unit


def test_vectors_equal_those_of_sentence_transformers(
    client: OpenAI, states: list[list[NDArray[np.float32]]]
) -> None:
    """To 1e-3 in each number, in order, in both encodings; usage counts the tokens."""
    packed = client.embeddings.create(model=MODEL, input=TEXTS)  # the package asks for base64
    plain = client.embeddings.create(model=MODEL, input=TEXTS, encoding_format="float", user="me")
    want = np.stack([_sentence_vector(layers[LAYERS]) for layers in states])

    for answer in (packed, plain):
        assert [item.index for item in answer.data] == list(range(len(TEXTS)))
        got = np.array([item.embedding for item in answer.data])
        assert np.abs(got - want).max() < 1e-3
        assert np.linalg.norm(got, axis=1) == pytest.approx(1, abs=1e-5)
        assert answer.model == MODEL
        assert answer.usage.prompt_tokens == sum(len(layers[0]) for layers in states)


def test_a_view_is_another_layer(client: OpenAI, states: list[list[NDArray[np.float32]]]) -> None:
    """`:mean@3` is the mean of the third layer; a lone text is a list of one."""
    answer = client.embeddings.create(model=f"{MODEL}:mean@3", input=TEXTS[0])
    (item,) = answer.data
    assert np.abs(np.array(item.embedding) - _sentence_vector(states[0][3])).max() < 1e-3


def test_models_are_listed_and_retrieved(client: OpenAI) -> None:
    """By the package's own calls, with a view as well."""
    assert [model.id for model in client.models.list()] == [MODEL]
    for name in (MODEL, f"{MODEL}:mean@3"):
        assert client.models.retrieve(name).id == name


def test_refusals_are_the_packages_own_errors(stack: Stack, client: OpenAI) -> None:
    """They carry our words and our code."""
    create = client.embeddings.create
    with pytest.raises(openai.NotFoundError, match=f"Served: {MODEL}") as unknown:
        create(model="text-embedding-3-small", input="x")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError, match="layers 0 to 6"):
        client.models.retrieve(f"{MODEL}:mean@7")
    with pytest.raises(openai.BadRequestError, match=r"input\[1\]: must not be empty") as empty:
        create(model=MODEL, input=["x", ""])
    assert (empty.value.code, empty.value.param) == ("validation_failed", "input[1]")
    with pytest.raises(openai.BadRequestError, match="token arrays are not taken"):
        create(model=MODEL, input=[[15339, 1917]])
    with pytest.raises(openai.BadRequestError, match="dimensions: leave it out"):
        create(model=MODEL, input="x", dimensions=128)
    with pytest.raises(openai.BadRequestError, match="at most 256 items"):
        create(model=MODEL, input=["x"] * 257)
    with (
        _client(stack, "classify") as other,
        pytest.raises(openai.PermissionDeniedError, match="scope embeddings"),
    ):
        other.embeddings.create(model=MODEL, input="x")
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="tlk_none").embeddings.create(model=MODEL, input="x")
