"""Commands that call a gateway: whatever answers, or does not, ends in words, not a traceback."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.__main__ import main
from gateway.client.quickstart import quickstart
from gateway.offline.classifier import RefusedError, at
from trunkline.client import Client

PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Server:
    """Answers every request alike and keeps what came in."""

    status: int = 502
    media_type: str = "text/html"
    body: bytes = PAGE
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a load balancer whose gateway is away, until a test changes it."""
    with _running() as answer:
        yield answer


@contextmanager
def _running() -> Iterator[Server]:
    answer = Server()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer.requests.append((self.command, self.path, headers, self.rfile.read(length)))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _answer  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        answer.url = f"http://127.0.0.1:{listening.server_port}"
        yield answer
        listening.shutdown()


def command(*words: str, text: str | None = None) -> Result:
    """Run a command as a shell would."""
    return CliRunner().invoke(main, words, input=text)


@pytest.mark.parametrize("words", [["check"], ["classify"], ["smoke", "--wait", "0"]])
def test_a_proxys_page_is_told_in_one_line(server: Server, words: Sequence[str]) -> None:
    """An HTML page with 502 is exit status 1 and a line with the status, not a JSON traceback."""
    address = [server.url] if words[0] == "smoke" else ["--url", server.url]
    result = command(*words, *address, text="Hello there")

    assert isinstance(result.exception, SystemExit)
    assert result.exit_code == 1
    assert "502" in result.output
    assert "<html>" not in result.output


def test_a_proxys_page_fails_the_quickstart_and_the_evaluation_in_words(server: Server) -> None:
    """Neither the first answer nor a batch of labelled mail dies of a body that is no JSON."""
    server.status = 200
    shown: list[str] = []

    with Client(server.url) as client:
        assert not quickstart(client, 5, shown.append)
    assert "not JSON" in "\n".join(shown)
    with at(server.url, "") as ask, pytest.raises(RefusedError, match="200"):
        ask([{"text": "Hello"}])


def test_an_answer_is_printed_and_its_status_is_the_exit_status(server: Server) -> None:
    """JSON comes out readable; 200 is 0, anything else is 1."""
    server.media_type, server.body = "application/json", '{"intent":"größer"}'.encode()
    for status, code in ((200, 0), (422, 1), (503, 1)):
        server.status = status
        result = command("classify", "--url", server.url, text="Hello")
        assert result.exit_code == code
        assert json.loads(result.output) == {"intent": "größer"}
        assert "größer" in result.output


def test_a_call_carries_the_key_the_time_and_the_mail(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key comes from the environment; the gateway hears how long its caller waits."""
    monkeypatch.setenv("GATEWAY_API_KEY", "tlk_x")
    command("classify", "--url", server.url + "/", "--timeout", "2.5", text="Hello")
    command("classify", "--url", server.url, "--format", "raw", text="Subject: a\n\nyes")
    (method, path, headers, body), (_, _, raw, message) = server.requests

    assert (method, path, json.loads(body)) == ("POST", "/v1/classify", {"text": "Hello"})
    assert headers["authorization"] == "Bearer tlk_x"
    assert headers["x-request-timeout-ms"] == "2500"
    assert headers["content-type"] == "application/json"
    assert (raw["content-type"], message) == ("message/rfc822", b"Subject: a\n\nyes")


def test_a_busy_gateway_is_asked_once(server: Server) -> None:
    """No retry behind the caller's back, whatever the answer's Retry-After."""
    server.status, server.media_type, server.body = 503, "application/json", b"{}"
    server.headers = {"Retry-After": "0"}

    assert command("check", "--url", server.url).exit_code == 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_reported_and_never_followed(server: Server, status: int) -> None:
    """Privacy: no other host gets the mail, whatever the answer says; the line says where to."""
    with _running() as other:
        server.status, server.headers = status, {"Location": other.url + "/elsewhere"}
        sent = command("classify", "--url", server.url, text="Hello there")
        asked = command("check", "--url", server.url)

        assert other.requests == []
    for result in (sent, asked):
        assert result.exit_code == 1
        assert f"{status} from {server.url}: points to '{other.url}/elsewhere'" in result.output
    assert len(server.requests) == 2


def test_nobody_there_is_told_with_the_address() -> None:
    """A refused connection is exit status 1 and names the URL; a wrong URL is a usage error."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        result = command("check", "--url", url)

    assert result.exit_code == 1
    assert f"no answer from {url}" in result.output
    assert command("check", "--url", "ftp://x").exit_code == 2


@pytest.mark.parametrize("address", ["ftp://x", "x:8080", "http://", "http://ann:canary@x"])
def test_a_wrong_address_is_a_usage_error(tmp_path: Path, address: str) -> None:
    """In every command that takes one, with exit status 2; a password in it is not repeated."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "Hello", "intent": "other"}\n')
    for words in (
        ("check", "--url", address),
        ("classify", "--url", address),
        ("welcome", "--url", address),
        ("smoke", address),
        ("evaluate", "--file", str(rows), "--endpoint", address),
    ):
        result = command(*words, text="Hello")
        assert result.exit_code == 2, words
        assert "must begin with http://" in result.output
        assert "canary" not in result.output


def test_an_evaluation_comes_back_to_a_busy_gateway(server: Server) -> None:
    """A long run is not lost to a moment of load: a batch is sent again as its answer asks."""
    server.status, server.media_type = 503, "application/json"
    server.body, server.headers = b'{"code": "overloaded"}', {"Retry-After": "0"}

    with at(server.url, "") as ask, pytest.raises(RefusedError, match="503 overloaded"):
        ask([{"text": "Hello"}])
    assert len(server.requests) == 4
