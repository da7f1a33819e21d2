"""Both clients at a real gateway's application, and at peers that behave badly."""

import asyncio
import contextlib
import io
import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from gateway.api import operation_models
from gateway.api import response_models as shapes
from gateway.api.request_models import MAX_BATCH_ITEMS
from gateway.auth.keyring import Keyring
from gateway.auth.keys import new_key
from gateway.config import Settings
from tests.support.served_gateway import served_gateway
from trunkline.client import (
    ONCE,
    AsyncClient,
    BatchLimits,
    Client,
    ClientError,
    Mail,
    NoAnswerError,
    ProblemError,
    Request,
    RetryPolicy,
    answers,
)

README = Path(__file__).resolve().parents[4] / "trunkline" / "README.md"
KEY, STORED = new_key("crm", ["classify"], date(2026, 1, 2))
WORD = "xanthophyll"


class Caller:
    """One of both clients, made anew for each call."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __call__(self, url: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a method; `key`, `retries` and `timeout_s` are the client's."""
        made = {n: options.pop(n) for n in ("key", "retries", "timeout_s") if n in options}
        if self.kind == "blocking":
            with Client(url, **made) as client:
                return getattr(client, method)(*arguments, **options)

        async def calling() -> Any:
            async with AsyncClient(url, **made) as client:
                return await getattr(client, method)(*arguments, **options)

        return asyncio.run(calling())


@pytest.fixture(params=["blocking", "asynchronous"])
def call(request: pytest.FixtureRequest) -> Caller:
    """Return each client in turn."""
    return Caller(request.param)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run a gateway that asks for a key and takes bodies of 8 KiB."""
    with served_gateway(Keyring(STORED.line()), max_batch_body_bytes=8192) as address:
        yield address


def test_every_call_has_its_typed_answer(call: Caller, url: str) -> None:
    """One email in each form, what is cut of it, the heads, the gateway's state."""
    mails = ["Tuesday is fine.", Mail(html="<p>Tuesday</p>"), Mail(raw=b"Subject: a\n\nTuesday")]
    for mail in mails:
        answer = call(url, "classify", mail, key=KEY, heads=["intent"], tenant="acme")
        assert isinstance(answer, answers.Answer)
        assert (answer.decision.intent, answer.decision.decided_by) == ("yes", "model")
        assert answer.heads["intent"].status == "ok"
        assert answer.encoder is not None
    assert call(url, "clean", "Tuesday.\n-- \nAnn", key=KEY).text == "Tuesday."
    assert [head.name for head in call(url, "heads", key=KEY).heads] == ["intent"]
    assert call(url, "ready").ready is True


def test_a_long_batch_is_answered_in_order(call: Caller, url: str) -> None:
    """Above the gateway's number of items and its bytes; a wrong one fails alone."""
    mails = [Mail(text=f"Tuesday, {n} o'clock. {'Yes. ' * 9}") for n in range(300)]
    mails[7] = Mail(text="Tuesday", subject="s" * 3000)
    items = call(url, "classify_batch", mails, key=KEY)
    assert len(items) == 300
    wrong = items[7].error
    assert isinstance(wrong, ProblemError)
    assert (wrong.status, wrong.code) == (422, "validation_failed")
    assert "subject string_too_long limit 2000" in str(wrong)
    assert {item.result().decision.intent for item in (*items[:7], *items[8:])} == {"yes"}


def test_refusals_are_errors_with_code_and_id(call: Caller, url: str) -> None:
    """A wrong key, no key, a head that is not known: each by its stable code."""
    for options, status, code in (
        ({"key": "tlk_wrong"}, 401, "unauthorized"),
        ({}, 401, "unauthorized"),
        ({"key": KEY, "heads": ["nosuch"]}, 422, "unknown_head"),
    ):
        with pytest.raises(ProblemError) as caught:
            call(url, "classify", WORD, **options)
        assert (caught.value.status, caught.value.code) == (status, code)
        assert len(caught.value.request_id) == 26
        assert WORD not in str(caught.value)
        assert "tlk_" not in str(caught.value)


def test_a_limited_key_learns_when_to_come_back(call: Caller) -> None:
    """429 names when; a client that may wait no longer than that reports it."""
    key, stored = new_key("slow", ["classify"], date(2026, 1, 2), requests_per_minute=1)
    with served_gateway(Keyring(stored.line()), request_burst=1) as address:
        call(address, "classify", "Tuesday.", key=key)
        with pytest.raises(ProblemError, match="429 rate_limited") as caught:
            call(address, "classify", "Tuesday.", key=key, retries=RetryPolicy(max_wait_s=0.5))
    assert 1 <= (caught.value.retry_after_s or 0) <= 60


def test_neither_mail_nor_key_is_logged(
    call: Caller, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Privacy: at debug level, the library's own log included."""
    with caplog.at_level(logging.DEBUG):
        call(url, "classify", Mail(text=WORD, own_domains=[]), key=KEY)
        with contextlib.suppress(ClientError):
            call(url, "classify", Mail(text=WORD, subject=WORD * 500), key=KEY)
    assert WORD not in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("ftp://a", ""), ("http://", ""), ("a:8080", ""), ("http://u:canary@a", ""),
        ("http://a:canary", ""), ("http://[canary", ""), ("http://a?canary=1", ""),
        ("http://a", "canary\nX: y"), ("http://a", "canary€"),
    ],
)  # fmt: skip
def test_a_wrong_address_or_key_is_refused_unseen(address: str, key: str) -> None:
    """An address may hold a password: neither is in the message."""
    for kind in (Client, AsyncClient):
        with pytest.raises(ValueError, match=r"must begin|no key has") as caught:
            kind(address, key)
        assert "canary" not in str(caught.getrepr(style="short")).replace(repr(address), "")


@contextlib.contextmanager
def peer(answer: Any) -> Iterator[tuple[str, list[str]]]:
    """Run a server whose every request is answered by `answer(handler)`; keep the paths."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            with contextlib.suppress(OSError):
                answer(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()
        thread.join()


def test_no_redirect_is_followed(call: Caller) -> None:
    """Privacy: no other host gets the mail."""

    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with peer(redirect) as (address, paths):
        with pytest.raises(NoAnswerError, match="307: points to '/elsewhere'"):
            call(address, "classify", WORD)
        assert paths == ["/v1/classify"]


def test_a_peer_that_answers_a_byte_at_a_time_is_given_up(call: Caller) -> None:
    """The deadline is for the whole answer, not for each piece of it."""
    gone = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not gone.wait(0.02):
            handler.wfile.write(b" ")

    with peer(trickle) as (address, paths):
        try:
            with pytest.raises(NoAnswerError, match="the deadline has passed"):
                call(address, "classify", WORD, timeout_s=1.0)
        finally:
            gone.set()
        assert paths == ["/v1/classify"]


def test_a_connection_that_breaks_is_tried_again(call: Caller) -> None:
    """As after a restart behind a kept connection: the second attempt counts."""
    attempts = iter([False, True])

    def break_first(handler: BaseHTTPRequestHandler) -> None:
        if not next(attempts):
            handler.connection.shutdown(socket.SHUT_RDWR)
            return
        body = json.dumps({"generation": "1"}).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with peer(break_first) as (address, paths):
        assert call(address, "heads", retries=RetryPolicy(base_s=0)).generation == "1"
        assert len(paths) == 2


def test_nobody_there_is_an_error_with_the_reason(call: Caller) -> None:
    """A refused connection has the system's words; `send` returns it in place of raising."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(NoAnswerError, match="no answer: ConnectError"):
            call(address, "classify", WORD, retries=ONCE)
        reply = call(address, "send", Request("GET", "/livez"), retries=ONCE)
    assert (reply.status, reply.ok, reply.lost) == (0, False, True)


@pytest.mark.parametrize(
    ("shape", "model"),
    [
        (shapes.AnswerShape, answers.Answer), (shapes.DecisionShape, answers.Decision),
        (shapes.HeadShape, answers.HeadAnswer), (shapes.ConditionShape, answers.Condition),
        (shapes.ReferralShape, answers.Referral), (shapes.FollowUpShape, answers.FollowUp),
        (shapes.TextShape, answers.TextSummary), (shapes.EncoderShape, answers.Encoder),
        (shapes.TimingsShape, answers.Timings), (shapes.CleanedShape, answers.Cleaned),
        (shapes.HeadsShape, answers.HeadSet), (operation_models.ReadyShape, answers.Readiness),
        (shapes.HeadDescriptionShape, answers.HeadDescription),
        (shapes.HeadSetShape, answers.OtherHeadSet),
        (shapes.OptOutThresholdsShape, answers.OptOutThresholds),
    ],
)  # fmt: skip
def test_the_client_knows_every_member_of_an_answer(
    shape: type[BaseModel], model: type[BaseModel]
) -> None:
    """What the API's document has and the client does not would be lost without a word."""
    assert model.model_fields.keys() == shape.model_fields.keys()


def test_the_limits_are_a_gateways_own() -> None:
    """A client that nobody has set up fills the batches of a gateway that nobody has."""
    own = BatchLimits(MAX_BATCH_ITEMS, Settings().max_batch_body_bytes)
    assert BatchLimits() == own


def test_the_readme_example_runs(url: str) -> None:
    """What the README shows, but for the address and the key, is what works."""
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.M | re.S)
    assert len(blocks) == 2
    for block in blocks:
        printed = io.StringIO()
        program = block.replace("http://127.0.0.1:8080", url).replace("tlk_...", KEY)
        with contextlib.redirect_stdout(printed):
            exec(compile(program, "README", "exec"), {"__name__": "__main__"})  # noqa: S102
        assert "yes" in printed.getvalue()
