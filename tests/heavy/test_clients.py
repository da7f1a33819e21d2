"""Clients made from the API's document, by tools that people use; `make setup-clients` has them."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedder.testing.embedder import FAKE_FINGERPRINT, FakeEmbedder
from gateway.app import Gateway
from gateway.config import Settings
from tests.support.pools import FakePool, head_set, info
from tests.support.serving import served

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".venv-clients"
PYTHON = TOOLS / "bin" / "python"
MODULES = TOOLS / "node_modules"

PYTHON_USE = """
import sys
from io import BytesIO
from trunkline_client import AuthenticatedClient
from trunkline_client.api.classify import classify, classify_batch, clean
from trunkline_client.api.embeddings import embed, list_models, show_model
from trunkline_client.api.heads import list_heads
from trunkline_client.api.operations import ready, version
from trunkline_client.models import (
    AnswerShape, BatchAnswerShape, BatchRequest, CleanedShape, ClassifyRequest, EmbeddingsRequest,
    EmbeddingsShape, HeadsShape, Mail, ModelShape, ModelsShape, Problem, ReadyShape, VersionShape,
)
from trunkline_client.types import File

with AuthenticatedClient(base_url=sys.argv[1], token="a key") as client:
    answer = classify.sync(client=client, body=ClassifyRequest(text="hello"), x_request_id="a1")
    assert isinstance(answer, AnswerShape)
    assert answer.request_id == "a1"
    assert answer.decision.intent == "yes"  # a label that the document does not list
    wrong = classify.sync(client=client, body=ClassifyRequest(text="hello", heads=["intnt"]))
    assert isinstance(wrong, Problem)
    assert "did you mean" in wrong.detail
    batch = BatchRequest(items=[Mail(text="one"), Mail(html="<p>two</p>")])
    many = classify_batch.sync(client=client, body=batch)
    assert isinstance(many, BatchAnswerShape)
    assert [item.status for item in many.items] == [200, 200]
    assert isinstance(clean.sync(client=client, body=ClassifyRequest(text="x")), CleanedShape)
    assert isinstance(list_heads.sync(client=client), HeadsShape)
    assert ready.sync(client=client) is None or isinstance(ready.sync(client=client), ReadyShape)
    message = File(payload=BytesIO(b"Subject: Re: offer\\r\\n\\r\\nhello"))
    assert isinstance(classify.sync(client=client, body=message, heads="intent"), AnswerShape)
    assert isinstance(version.sync(client=client), VersionShape)
    models = list_models.sync(client=client)
    assert isinstance(models, ModelsShape)
    (model,) = models.data
    assert isinstance(show_model.sync(model.id, client=client), ModelShape)
    texts = EmbeddingsRequest(model=model.id, input_=["hello", "you"])
    vectors = embed.sync(client=client, body=texts)
    assert isinstance(vectors, EmbeddingsShape)
    assert [vector.index for vector in vectors.data] == [0, 1]
    unserved = embed.sync(client=client, body=EmbeddingsRequest(model="other", input_="hello"))
    assert isinstance(unserved, Problem)
    # What a later release may add.
    later = {**answer.to_dict(), "mood": "fine"}
    assert AnswerShape.from_dict(later)["mood"] == "fine"
"""
TYPESCRIPT_USE = """
import type { components, operations } from "./schema";

type Request = components["schemas"]["ClassifyRequest"];
type Answer = operations["classify"]["responses"]["200"]["content"]["application/json"];

export const mail: Request = { text: "Thanks, no budget." };
// @ts-expect-error neither text nor html nor raw
export const none: Request = { subject: "Re: offer" };
// @ts-expect-error a field that no request has
export const misspelt: Request = { text: "", last_outbond: "" };

export function act(answer: Answer): string {
  const { intent, abstained } = answer.decision;
  if (abstained || intent === null) return "look";
  return intent === "unsubscribe" ? "stop" : answer.heads["intent"].status;
}
"""


@pytest.fixture
def app() -> Iterator[Gateway]:
    """Yield a gateway over fakes."""
    pool = FakePool(head_set(info("intent", fingerprint=FAKE_FINGERPRINT)))
    made = Gateway(Settings(encoder_refresh_s=60), FakeEmbedder(), pool)
    yield made
    made.close()


@pytest.fixture
def document(app: Gateway, tmp_path: Path) -> Path:
    """Return the API's document as a file."""
    file = tmp_path / "openapi.json"
    file.write_bytes(app.app.test_client().get("/openapi.json").data)
    return file


def run(folder: Path, *command: str | Path) -> str:
    """Run a tool in `folder`, and return all that it printed."""
    env = {**os.environ, "PATH": f"{TOOLS / 'bin'}:{os.environ['PATH']}"}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.e2e
def test_a_python_client_is_made_without_warnings_and_works(
    app: Gateway, document: Path, tmp_path: Path
) -> None:
    """openapi-python-client makes all of it, mypy accepts it, and it gets typed answers."""
    config = tmp_path / "config.json"
    config.write_text(
        json.dumps({"content_type_overrides": {"message/rfc822": "application/octet-stream"}})
    )
    made = tmp_path / "client"
    maker = TOOLS / "bin" / "openapi-python-client"
    options = ("--path", document, "--output-path", made, "--config", config, "--fail-on-warning")
    assert "arning" not in run(tmp_path, maker, "generate", *options)
    use = made / "use.py"
    use.write_text(PYTHON_USE)
    run(made, PYTHON, "-m", "mypy", "trunkline_client", "use.py")

    with served(app.app) as url:
        run(made, PYTHON, "-W", "error", "use.py", url)


@pytest.mark.e2e
def test_a_typescript_client_compiles(document: Path, tmp_path: Path) -> None:
    """openapi-typescript makes types under which one content is needed and misspelling is wrong."""
    node = TOOLS / "bin" / "node"
    maker = MODULES / "openapi-typescript" / "bin" / "cli.js"
    told = run(tmp_path, node, maker, document, "-o", "schema.d.ts")
    assert "arning" not in told
    (tmp_path / "use.ts").write_text(TYPESCRIPT_USE)
    compiler = MODULES / "typescript" / "bin" / "tsc"
    run(tmp_path, node, compiler, "--noEmit", "--strict", "--target", "es2022", "use.ts")
