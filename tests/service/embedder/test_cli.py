"""The embedder's commands against a running server."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from embedder.__main__ import main
from embedder.testing.server import serve
from tests.support.waiting import WAIT_S

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """Run one server for all commands."""
    with serve() as target:
        yield target


def run(*arguments: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
    """Run a command; `env` adds settings."""
    return CliRunner().invoke(main, list(arguments), input=stdin, env=env)


def test_check_tells_serving_by_its_exit_code(target: str) -> None:
    """A container's health check: 0 and SERVING, or 1 and why not."""
    good = run("check", "--target", target, "--timeout", str(WAIT_S))
    assert (good.exit_code, good.stdout) == (0, "SERVING\n")
    bad = run("check", "--target", "127.0.0.1:1")
    assert (bad.exit_code, bad.stdout) == (1, "UNAVAILABLE\n")


def test_info_is_json(target: str) -> None:
    """`info` prints identity, limits and figures."""
    facts = json.loads(run("info", "--target", target).stdout)
    assert facts["encoder"]["model_id"] == "fake"
    assert facts["max_queue_size"] == 1024


def test_embed_answers_a_line_a_text(target: str) -> None:
    """Texts come from arguments or from lines of JSON; vectors are shown when asked for."""
    lines = run("embed", "hello", " ", "--target", target).stdout.splitlines()
    first, second = map(json.loads, lines)
    assert first["views"]["mean@6"]["dim"] == 8
    assert second["error"]["code"] == "text_empty"
    stdin = '{"text": "a", "context": "b"}\n'
    answer = run("embed", "--view", "cls@1", "--vectors", "--target", target, stdin=stdin)
    assert len(json.loads(answer.stdout)["views"]["cls@1"]) == 8


def test_failures_are_told_in_one_line(target: str) -> None:
    """Bad input, an unknown view and an absent server end with exit code 1 and their code."""
    for bad in ("nonsense", '{"text": 5}', '{"text": "a", "context": null}'):
        assert "line 1 is not JSON" in run("embed", "--target", target, stdin=bad + "\n").stderr
    refused = run("embed", "x", "--view", "max@1", "--target", target)
    assert (refused.exit_code, "view_unknown" in refused.stderr) == (1, True)
    absent = run("info", "--target", "127.0.0.1:1")
    assert (absent.exit_code, "unavailable" in absent.stderr) == (1, True)


def test_bad_settings_stop_every_command() -> None:
    """All problems are printed at once."""
    answer = run("check", env={"EMBEDDER_PROT": "1", "EMBEDDER_STREAMS": "-1"})
    assert answer.exit_code == 1
    assert "EMBEDDER_PORT?" in answer.stderr
    assert "EMBEDDER_STREAMS" in answer.stderr
