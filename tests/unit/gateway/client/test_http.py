"""The client of every command: whatever answers, or does not, ends in words, not in a traceback."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from click.testing import CliRunner, Result

from gateway.__main__ import main
from gateway.client.quickstart import quickstart
from gateway.offline.classifier import RefusedError, at

PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Server:
    """Answers every request alike and keeps what came in."""

    status: int = 502
    media_type: str = "text/html"
    body: bytes = PAGE
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a load balancer whose gateway is away, until a test says otherwise."""
    answer = Server()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer.requests.append((self.command, self.path, headers, self.rfile.read(length)))
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.media_type)
            self.send_header("Content-Length", str(len(answer.body)))
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

    assert not quickstart(server.url, 5, shown.append)
    assert "not JSON" in "\n".join(shown)
    with at(server.url, {}) as ask, pytest.raises(RefusedError, match="200"):
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
    """No retry behind the caller's back, whatever the answer says about coming back."""
    server.status, server.media_type, server.body = 503, "application/json", b"{}"

    assert command("check", "--url", server.url).exit_code == 1
    assert len(server.requests) == 1


def test_nobody_there_is_told_with_the_address() -> None:
    """A refused connection is exit status 1 and names the URL; a wrong URL is a usage error."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        result = command("check", "--url", url)

    assert result.exit_code == 1
    assert f"no answer from {url}" in result.output
    assert command("check", "--url", "ftp://x").exit_code == 2
