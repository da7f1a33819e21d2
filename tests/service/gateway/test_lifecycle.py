"""A head's life under load: gunicorn gateway, real heads services, two encoders, no failure."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import urllib3
from numpy.typing import NDArray

from embedder.api import EncoderIdentity
from embedder.config import Settings as EmbedderSettings
from embedder.testing.embedder import FAKE_FINGERPRINT
from embedder.testing.encoder import FakeEncoder, FakeTokenizer
from embedder.testing.server import serve_server
from heads.bundle.loading import load_folder
from heads.inference.stack import score
from heads.lifecycle import aliases, audit
from heads.prediction import FeatureRow
from heads.storage.opening import open_catalog
from loadtests.stack.stack import Stack
from tests.support.pools import DIM, OTHER, write_head
from tests.support.roles import point
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.service

LABELS = {
    "intent": ["positive", "objection", "other"],
    "objection_reason": ["budget", "timing"],
    "has_referral": ["yes", "no"],
}
PARENTS = {"objection_reason": ("intent", "objection")}
TEXTS = [f"Question number {n} is about the thing." for n in range(24)]


class OtherEncoder(FakeEncoder):
    """A second encoder: another fingerprint, other vectors for the same text."""

    def __init__(self) -> None:
        super().__init__(dim=DIM)
        self.identity = EncoderIdentity("other", OTHER, "fake", "fp32")

    def _vector(self, ids: NDArray[np.int32], view: str) -> NDArray[np.float32]:
        return -super()._vector(ids, view)[::-1]


def vector(encoder: FakeEncoder, text: str) -> NDArray[np.float32]:
    """Return the vector that the encoder makes of a text at layer 3."""
    (tokens,) = FakeTokenizer().tokenize_batch([(text, "")])
    return encoder._vector(tokens.windows[0], "mean@3")


class Expected:
    """Scores of every (head, version, text), computed without gateway or service."""

    def __init__(self, catalog: Path, encoders: Mapping[str, FakeEncoder]) -> None:
        self._catalog = catalog
        self._encoders = encoders
        self._known: dict[tuple[str, str, str], dict[str, float]] = {}

    def check(self, text: str, heads: Mapping[str, Any]) -> None:
        """Check that each answered head has its version's scores, on its encoder's vectors."""
        for name, answer in heads.items():
            if answer["status"] == "not_applicable":
                continue
            assert answer["status"] == "ok", answer
            chance = answer.get("given", {}).get("probability", 1.0)
            for label, expected in self._scores(name, answer["version"], text).items():
                assert answer["scores"][label] == pytest.approx(chance * expected, abs=2e-5)

    def _scores(self, name: str, version: str, text: str) -> dict[str, float]:
        key = (name, version, text)
        if key not in self._known:
            head = load_folder(self._catalog / name / version)
            encoder = self._encoders[head.manifest.fingerprint]
            row = FeatureRow({"mean@3": vector(encoder, text)}, text)
            scores = score(head, [row])[0].tolist()
            self._known[key] = dict(zip(head.manifest.labels, scores, strict=True))
        return self._known[key]


@dataclass
class Traffic:
    """Callers that post batches until stopped; `answers` are (texts, status, body).

    `own` holds each caller's: one that a busy machine holds up is not told by those of all.
    """

    url: str
    answers: list[tuple[Sequence[str], int, Any]] = field(default_factory=list)
    fresh: bool = False
    own: list[list[Any]] = field(default_factory=list)

    @contextmanager
    def flowing(self, callers: int = 4) -> Iterator[None]:
        """Send all the time."""
        stop = threading.Event()
        self.own = [[] for _ in range(callers)]
        threads = [
            threading.Thread(target=self._send, args=(number, stop)) for number in range(callers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def more(self, count: int) -> None:
        """Wait until `count` more answers have come."""
        goal = len(self.answers) + count
        until(lambda: len(self.answers) >= goal, f"no {count} more answers")

    def until(self, seen: Callable[[Mapping[str, Any]], bool]) -> None:
        """Wait until an answer that comes from now on shows it."""
        start = len(self.answers)

        def shown() -> bool:
            return any(
                status == 200 and seen(item["answer"]["heads"])
                for _, status, body in self.answers[start:]
                for item in body["items"]
            )

        until(shown, "never seen")

    def _send(self, number: int, stop: threading.Event) -> None:
        http, sent = urllib3.PoolManager(), number
        while not stop.is_set():
            sent += 5
            texts = [TEXTS[(sent + n) % len(TEXTS)] for n in range(3)]
            if self.fresh:
                texts = [f"{text} {number} {sent}" for text in texts]
            reply = http.request(
                "POST", f"{self.url}/v1/classify/batch", retries=False, timeout=WAIT_S,
                json={"items": [{"text": text} for text in texts]},
            )  # fmt: skip
            self.answers.append((texts, reply.status, json.loads(reply.data)))
            self.own[number].append(self.answers[-1])
        http.clear()


@contextmanager
def running(
    folder: Path, catalog: Path, encoders: Mapping[str, FakeEncoder], **env: str
) -> Iterator[tuple[Stack, dict[str, ExitStack]]]:
    """Run a gateway of two workers, a heads service (`OWN`) and embedders, which may be closed."""
    with ExitStack() as everything:
        servers = {name: everything.enter_context(ExitStack()) for name in encoders}
        targets = []
        for name, encoder in encoders.items():
            settings = EmbedderSettings(port=0, metrics_port=0)
            server = servers[name].enter_context(serve_server(encoder, settings))
            targets.append(f"{name}=127.0.0.1:{server.port}")
        stack = Stack(
            folder,
            {
                "HEADS_CATALOG": str(catalog),
                "HEADS_POLL_INTERVAL_S": "0.1",
                "GATEWAY_EMBEDDERS": ",".join(targets),
                "GATEWAY_ENCODER_REFRESH_S": "0.2",
                "GATEWAY_WORKERS": "2",
                **PATIENT,
                **env,
            },
        )
        stack.env = {name: text.replace("OWN", stack.heads_url) for name, text in stack.env.items()}
        everything.callback(stack.stop)
        stack.start("heads", "gateway")
        yield stack, servers


def write_all(catalog: Path, version: str, fingerprint: str, role: aliases.Role | None) -> None:
    """Write all default heads in one version."""
    for seed, (name, labels) in enumerate(LABELS.items()):
        write_head(
            catalog, name, labels, PARENTS.get(name), fingerprint,
            version=version, seed=seed + 10 * int(version), role=role,
        )  # fmt: skip


def version_of(name: str, number: str) -> Callable[[Mapping[str, Any]], bool]:
    """Say whether an answer's head has this version."""
    return lambda heads: heads.get(name, {}).get("version") == number


def all_answered(traffic: Traffic, expected: Expected) -> None:
    """Check that no request failed, mixed versions or vectors, or changed its snapshot."""
    assert {status for _, status, _ in traffic.answers} == {200}
    for texts, _, body in traffic.answers:
        answers = [item["answer"]["heads"] for item in body["items"]]
        for text, heads in zip(texts, answers, strict=True):
            expected.check(text, heads)
        versions = [{name: head["version"] for name, head in answer.items()} for answer in answers]
        assert all(served == versions[0] for served in versions), versions


def test_heads_are_added_replaced_and_removed_under_load(tmp_path: Path) -> None:
    """Zero failed requests, every answer wholly of one version a head, over twelve swaps."""
    catalog, encoder = tmp_path / "catalog", FakeEncoder(dim=DIM)
    write_all(catalog, "1", FAKE_FINGERPRINT, "production")
    with running(tmp_path, catalog, {"a": encoder}) as (stack, _):
        traffic = Traffic(stack.gateway_url)
        with traffic.flowing():
            for round_ in range(2, 6):
                write_head(catalog, "pricing", ["yes", "no"], version=str(round_), seed=round_)
                write_head(catalog, "intent", LABELS["intent"], version=str(round_), seed=round_)
                traffic.until(version_of("pricing", str(round_)))
                traffic.until(version_of("intent", str(round_)))
                point(catalog / "pricing", "production", None)
                traffic.until(lambda heads: "pricing" not in heads)
    all_answered(traffic, Expected(catalog, {FAKE_FINGERPRINT: encoder}))


def test_heads_move_to_another_encoder_one_by_one_under_load(tmp_path: Path) -> None:
    """No failure, no head on wrong vectors; then the old encoder may go for good."""
    catalog, old, new = tmp_path / "catalog", FakeEncoder(dim=DIM), OtherEncoder()
    write_all(catalog, "1", FAKE_FINGERPRINT, "production")
    write_all(catalog, "2", OTHER, None)
    with running(tmp_path, catalog, {"a": old, "b": new}) as (stack, servers):
        traffic = Traffic(stack.gateway_url)
        with traffic.flowing():
            before = len(new.batches)
            traffic.more(20)
            assert len(new.batches) == before
            for name in ("has_referral", "intent", "objection_reason"):
                point(catalog / name, "production", "2")
                traffic.until(version_of(name, "2"))
            traffic.more(20)
            until(lambda: _settled(traffic), "some heads did not move")
            servers["a"].close()
            traffic.more(40)
    all_answered(traffic, Expected(catalog, {FAKE_FINGERPRINT: old, OTHER: new}))
    bodies = [item["answer"] for _, _, body in traffic.answers for item in body["items"]]
    assert any(len(answer.get("encoders", [])) == 2 for answer in bodies)
    assert bodies[-1]["encoder"]["fingerprint"] == OTHER
    assert "encoders" not in bodies[-1]


def _settled(traffic: Traffic) -> bool:
    """Whether each caller's last answer is of version 2 alone; what it asks next will be, too."""
    return all(traffic.own) and all(
        head["version"] == "2"
        for own in traffic.own
        for _, _, body in own[-1:]
        for item in body["items"]
        for head in item["answer"]["heads"].values()
    )


def test_a_bad_candidate_goes_back_by_itself_and_a_shadow_is_compared(tmp_path: Path) -> None:
    """Out of bounds: no mail meets it any more, the record has the reason, no request failed."""
    catalog, flips = tmp_path / "catalog", tmp_path / "flips"
    write_all(catalog, "1", FAKE_FINGERPRINT, "production")
    bounds = {"window": 40, "disagreement": 0.1}
    write_head(
        catalog, "intent", LABELS["intent"], version="2", seed=99, role="candidate", share=0.5,
        bounds=bounds,
    )  # fmt: skip
    write_head(catalog, "has_referral", ["yes", "no"], version="7", seed=98, role="shadow")
    with running(tmp_path, catalog, {"a": FakeEncoder(dim=DIM)}, GATEWAY_SHADOW_DIR=str(flips)) as (
        stack,
        _,
    ):
        traffic = Traffic(stack.gateway_url, fresh=True)
        with traffic.flowing():
            until(
                lambda: aliases.read_folder(catalog / "intent").candidate is None, "not withdrawn"
            )
            until(lambda: (flips / "shadow_flips.jsonl").exists(), "no flips")
            agreed = 'shadow_emails_total{head="has_referral",result="agreed",version="7"}'
            until(lambda: agreed in _metrics(stack), "the shadow never agreed")
            withdrawn = (
                'gateway_canary_withdrawals_total{head="intent",version="2",where="catalog"}'
            )
            until(lambda: withdrawn in _metrics(stack), "no metric shows that it was withdrawn")
            until(lambda: _rid_of_it(traffic), "a worker still has it")
            settled = len(_met(traffic.answers))
            traffic.more(60)
        shown = _metrics(stack)
        until(lambda: _side_heads(stack) == ([], ["has_referral"]), "a worker still names it")
    assert {status for _, status, _ in traffic.answers} == {200}
    met = _met(traffic.answers)
    assert any(met)
    assert not any(met[settled:])
    steps = list(audit.entries(open_catalog(catalog), "intent"))
    (done,) = [
        step for step in steps if step.outcome == "done"
    ]  # both workers may have asked for it
    assert done.action == "withdraw candidate"
    assert "disagreements with production" in done.why
    assert withdrawn in shown
    assert agreed in shown
    line = json.loads((flips / "shadow_flips.jsonl").read_text().splitlines()[0])
    assert set(line) == {"at", "id", "head", "served", "shadow"}


def _metrics(stack: Stack) -> str:
    return urllib3.request("GET", f"{stack.gateway_url}/metrics").data.decode()


def _rid_of_it(traffic: Traffic) -> bool:
    """Whether no caller met the candidate in its last 60 mails, half of which would meet it."""
    return all(len(own) >= 20 and not any(_met(own[-20:])) for own in traffic.own)


def _met(answers: Sequence[tuple[Sequence[str], int, Any]]) -> list[bool]:
    """Whether each mail, in the order of the answers, met the candidate."""
    return [
        item["answer"]["heads"]["intent"].get("canary", False)
        for _, _, body in tuple(answers)
        for item in body["items"]
    ]


def test_a_heads_service_that_dies_costs_only_its_heads(tmp_path: Path) -> None:
    """The request is answered by the others at once; when it is back, so are its heads."""
    catalog, apart, encoder = tmp_path / "catalog", tmp_path / "apart", FakeEncoder(dim=DIM)
    write_head(catalog, "intent", LABELS["intent"])
    write_head(apart, "has_referral", ["yes", "no"])
    (tmp_path / "second").mkdir()
    second = Stack(tmp_path / "second", {"HEADS_CATALOG": str(apart)})
    second.start("heads")
    pools = f"main=OWN,apart={second.heads_url}"
    try:
        with running(tmp_path, catalog, {"a": encoder}, GATEWAY_HEADS=pools) as (stack, _):
            both = {"intent": "ok", "has_referral": "ok"}
            until(lambda: _statuses(stack, "one") == both, "the second heads are not known")
            second.stop()
            for n in range(10):
                expected = {"intent": "ok", "has_referral": "unavailable"}
                assert _statuses(stack, f"two {n}") == expected
            second.start("heads")
            until(lambda: _statuses(stack, "two 0")["has_referral"] == "ok", "not back")
    finally:
        second.stop()


def _side_heads(stack: Stack) -> tuple[list[str], list[str]]:
    """Return the candidates and the shadows that any worker serves."""
    by_role: dict[str, set[str]] = {"candidates": set(), "shadows": set()}
    for _ in range(8):  # a connection each, so that both workers are asked
        described = urllib3.request(
            "GET", f"{stack.gateway_url}/v1/heads", headers={"Connection": "close"}
        ).json()
        for role, names in by_role.items():
            names.update(head["name"] for head in described[role])
    return sorted(by_role["candidates"]), sorted(by_role["shadows"])


def _statuses(stack: Stack, text: str) -> dict[str, str]:
    answer = urllib3.request(
        "POST",
        f"{stack.gateway_url}/v1/classify",
        json={"text": text},
        retries=False,
        timeout=WAIT_S,
    )
    assert answer.status == 200
    return {name: head["status"] for name, head in answer.json()["heads"].items()}
