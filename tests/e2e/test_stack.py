"""The whole stack as the processes that `make run` starts: answers, losses, drains."""

import itertools
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
import urllib3

from gateway.client.quickstart import SAMPLE, quickstart
from loadtests.stack.stack import Stack, running_stack
from tests.support.waiting import PATIENT, WAIT_S, until
from trunkline.client import Client

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
SERVICE_PAGES = [
    ROOT / name / "README.md" for name in ("embedder", "heads", "gateway", "gateway/prediction_log")
]
CORPUS = ROOT / "heads" / "data" / "replies" / "c.jsonl"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run one stack for the tests that do not stop any of it."""
    with running_stack(tmp_path_factory.mktemp("stack"), PATIENT) as running:
        yield running


def _post(stack: Stack, body: object, path: str = "/v1/classify") -> urllib3.BaseHTTPResponse:
    return urllib3.request(
        "POST", stack.gateway_url + path, json=body, retries=False, timeout=WAIT_S
    )


def test_quickstart_classifies_the_sample(stack: Stack) -> None:
    """The sample email of `make run` is an objection for lack of budget that names somebody."""
    shown: list[str] = []
    verbose: list[str] = []

    with Client(stack.gateway_url) as client:
        assert quickstart(client, WAIT_S, shown.append)
        assert quickstart(client, WAIT_S, verbose.append, verbose=True)
    body = SAMPLE.encode()
    answer = urllib3.request(
        "POST", f"{stack.gateway_url}/v1/classify", body=body,
        headers={"Content-Type": "message/rfc822"},
    ).json()  # fmt: skip

    assert answer["decision"]["intent"] == "objection"
    assert answer["decision"]["objection_reason"] == "budget"
    assert [person["name"] for person in answer["referral"]] == ["Marcus Bell"]
    assert answer["text"]["flags"]
    assert any("decision  objection" in text for text in shown)
    assert any(text.startswith("{") and json.loads(text)["decision"] for text in verbose)
    assert "unsubscribe" not in shown[-3]


def test_an_answer_names_who_gave_it(stack: Stack) -> None:
    """Decision, scores and provenance of encoder, heads and cleaner are in the answer."""
    answer = _post(stack, {"text": "We have no money for this before April."}).json()

    assert answer["decision"]["decided_by"] == "model"
    assert answer["encoder"]["fingerprint"].startswith("sha256:")
    assert answer["encoder"]["tokens"] == answer["encoder"]["tokens_total"]
    assert sum(answer["heads"]["intent"]["scores"].values()) == pytest.approx(1, abs=1e-3)
    assert all(head["version"] for head in answer["heads"].values())
    assert set(answer["timings_ms"]) >= {"clean", "embed", "heads", "total"}


def test_every_metric_is_documented(stack: Stack) -> None:
    """The services' READMEs name every series that a running service shows."""
    pages = (stack.embedder_metrics, f"{stack.heads_url}/metrics", f"{stack.gateway_url}/metrics")
    shown = [urllib3.request("GET", page).data.decode() for page in pages]
    names = set(re.findall(r"^# TYPE ((?:embedder|heads|gateway)_\w+) ", "".join(shown), re.M))
    documents = "".join(page.read_text(encoding="utf-8") for page in SERVICE_PAGES)
    documented = set(re.findall(r"^\| `(\w+)`", documents, re.M))
    bare = {name.removesuffix("_created").removesuffix("_total") for name in names}

    assert len(names) > 30
    assert bare <= {name.removesuffix("_total") for name in documented}


def test_the_same_text_is_encoded_once(stack: Stack) -> None:
    """A repeated text is answered without another forward."""
    texts = [{"text": "Could you send the datasheet for the smaller pump?"}] * 3
    paths = [_post(stack, text).json()["encoder"]["cache"] for text in texts]

    assert paths[0] == "miss"
    assert set(paths[1:]) <= {"hit", "answer"}


def test_a_bad_item_of_a_batch_fails_alone(stack: Stack) -> None:
    """A batch of three with one malformed item answers 200: two answers, one problem, in order."""
    batch = [{"text": "Sounds good, Tuesday?"}, {"text": 7}, {"text": "Please stop writing."}]
    response = _post(stack, {"items": batch}, "/v1/classify/batch")

    assert response.status == 200
    items = response.json()["items"]
    assert [item["status"] for item in items] == [200, 422, 200]
    assert ["answer" in item for item in items] == [True, False, True]
    assert items[1]["problem"]["code"] == "validation_failed"


def test_heads_in_process_answer_the_same(stack: Stack, tmp_path: Path) -> None:
    """GATEWAY_HEADS=local gives the scores that the heads service gives."""
    text = {"text": "Ask Priya in purchasing, she owns this budget now."}
    env = {**PATIENT, "GATEWAY_HEADS": "local", "GATEWAY_EMBEDDER": stack.embedder_target}
    local = Stack(tmp_path, env)
    try:
        local.start("gateway")
        local_answer, remote_answer = _post(local, text).json(), _post(stack, text).json()
    finally:
        local.stop()

    assert local_answer["heads"]["intent"]["scores"] == pytest.approx(
        remote_answer["heads"]["intent"]["scores"]
    )


def test_evaluation_offline_and_at_a_deployment_agree(stack: Stack, tmp_path: Path) -> None:
    """`gateway evaluate` gives the same figures in process and against the running stack."""
    rows = CORPUS.read_text(encoding="utf-8").splitlines()[:24]
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("\n".join(rows), encoding="utf-8")
    command = [sys.executable, "-m", "gateway", "evaluate", "--json", "--file", str(labelled)]
    offline, deployed = (
        json.loads(subprocess.run(args, capture_output=True, check=True, cwd=ROOT).stdout)
        for args in (command, [*command, "--endpoint", stack.gateway_url])
    )

    assert offline["rows"] == 24
    assert offline["decided_by"] == deployed["decided_by"]
    for name, figures in offline["heads"].items():
        assert figures["confusion"] == deployed["heads"][name]["confusion"]


def test_embedder_killed_under_load_comes_back(tmp_path: Path) -> None:
    """While the embedder is dead misses get 503 with Retry-After at once; after it they succeed."""
    numbers = itertools.count()

    with running_stack(tmp_path, {"GATEWAY_REQUEST_TIMEOUT_MS": "5000"}) as own:

        def ask() -> urllib3.BaseHTTPResponse:
            return _post(own, {"text": f"We compared offer {next(numbers)} with the others."})

        with ThreadPoolExecutor(8) as callers:
            before = [callers.submit(ask) for _ in range(40)]
            wait(before[:5])
            own.services["embedder"].process.send_signal(signal.SIGKILL)
            own.services["embedder"].process.wait()
            during = [callers.submit(ask) for _ in range(8)]
            answers = [f.result(timeout=WAIT_S) for f in before + during]
        statuses = {answer.status for answer in answers}
        refused = [answer for answer in answers if answer.status == 503]
        own.start("embedder")
        until(lambda: ask().status == 200, "the gateway did not find the embedder again")

        assert statuses <= {200, 503, 504}
        assert refused
        assert all("Retry-After" in answer.headers for answer in refused)
        assert json.loads(refused[0].data)["code"]


def test_sigterm_drains_the_whole_stack(tmp_path: Path) -> None:
    """Requests in flight at SIGTERM are answered, and every service exits with 0."""
    mails = [f"Our site number {n} " + "needs a longer look at this " * 8 for n in range(64)]
    batches = [{"items": [{"text": mail} for mail in mails[n::4]]} for n in range(4)]
    with running_stack(tmp_path, PATIENT) as own, ThreadPoolExecutor(4) as callers:
        before = _misses(own)
        answers = [callers.submit(_post, own, batch, "/v1/classify/batch") for batch in batches]
        until(lambda: _misses(own) - before == len(mails), "not all are inside")
        codes = own.stop()
        statuses = [item["status"] for a in answers for item in a.result(WAIT_S).json()["items"]]

    assert statuses == [200] * len(mails)
    assert codes == {"gateway": 0, "heads": 0, "embedder": 0}


def _misses(stack: Stack) -> int:
    """Return the number of texts that the embedder has taken in and did not know."""
    shown = urllib3.request("GET", stack.embedder_metrics).data.decode()
    return int(float(re.findall(r"^embedder_cache_misses_total (\S+)", shown, re.MULTILINE)[0]))
