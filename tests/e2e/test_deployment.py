"""`gateway smoke`, `gateway evaluate` and privacy, against the real stack with keys on."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import urllib3

from gateway.auth.keys import new_key
from gateway.client.smoke_cases import GOLDEN
from loadtests.stack.stack import Stack, running_stack
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "heads" / "data" / "replies" / "c.jsonl"
CANARY = "xanthophyll"
TEXT = f"We have no budget, write to {CANARY}@example.com."
DAY = date(2026, 1, 2)


@dataclass
class Keyed:
    """The whole stack; callers of its gateway need keys."""

    stack: Stack
    folder: Path
    key: str
    admin: str

    def run(self, *command: str, key: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of the gateway with the key in its environment."""
        env = {**os.environ, "GATEWAY_API_KEY": key or self.key}
        return subprocess.run(
            [sys.executable, "-m", "gateway", *command], env=env, cwd=ROOT, timeout=5 * WAIT_S,
            capture_output=True, text=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    """Run a stack whose gateway listens on all addresses, keeps flips and has two keys."""
    folder = tmp_path_factory.mktemp("keyed")
    (folder / "tmp").mkdir()
    key, kept = new_key("crm", ["classify"], DAY)
    admin, kept_admin = new_key("ops", ["admin"], DAY)
    (folder / "keys").write_text(f"{kept.line()}\n{kept_admin.line()}\n")
    env = {
        "GATEWAY_HOST": "0.0.0.0",
        "GATEWAY_API_KEYS_FILE": str(folder / "keys"),
        "GATEWAY_SHADOW_DIR": str(folder / "shadow"),
        "GATEWAY_METRICS_DIR": str(folder / "metrics"),
        "GATEWAY_LOG_LEVEL": "debug",
        "HEADS_LOG_LEVEL": "debug",
        "EMBEDDER_LOG_LEVEL": "debug",
        **PATIENT,
    }
    with running_stack(folder, env) as stack:
        yield Keyed(stack, folder, key, admin)


def test_smoke_is_green_on_the_real_stack(keyed: Keyed) -> None:
    """Every check passes with the shipped heads; the exit code is 0."""
    done = keyed.run("smoke", keyed.stack.gateway_url, "--json", "--requests", "10",
                     "--p95-ms", "30000")  # fmt: skip
    found = json.loads(done.stdout)
    failed = [check for check in found["checks"] if not check["ok"]]
    assert failed == []
    assert (done.returncode, found["ok"]) == (0, True)
    names = [check["name"] for check in found["checks"]]
    assert sum(name.startswith("golden: ") for name in names) == len(GOLDEN)
    assert {"ready", "heads", "encoder", "coverage", "batch", "keys", "latency"} <= set(names)


def test_smoke_fails_for_each_reason(keyed: Keyed) -> None:
    """A wrong key, a bound that is too tight or nobody there is told by name, with exit code 1."""
    url = keyed.stack.gateway_url
    wrong = keyed.run("smoke", url, "--requests", "2", key="tlk_wrong")
    slow = keyed.run("smoke", url, "--requests", "2", "--p95-ms", "0.001")
    away = keyed.run("smoke", "http://127.0.0.1:9", "--wait", "0")
    assert [done.returncode for done in (wrong, slow, away)] == [1, 1, 1]
    assert "401 unauthorized" in wrong.stdout
    assert "tlk_wrong" not in wrong.stdout + wrong.stderr
    failed = [line.split()[1] for line in slow.stdout.splitlines() if line.startswith("FAILED")]
    assert failed == ["latency"]
    assert "no answer" in away.stdout


def test_evaluation_shows_its_key_and_holds_floors(keyed: Keyed, tmp_path: Path) -> None:
    """`gateway evaluate --endpoint` needs the key, and a figure under its floor is exit code 1."""
    rows = CORPUS.read_text(encoding="utf-8").splitlines()
    for name, part in (("a", rows[:12]), ("b", rows[12:24])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(part), encoding="utf-8")
    files = [f"--file={tmp_path}/{name}.jsonl" for name in "ab"]
    command = ["evaluate", *files, "--json", "--endpoint", keyed.stack.gateway_url]
    good = keyed.run(*command, "--floor", "intent=0.1")
    low = keyed.run(*command, "--floor", "intent=1.01", "--floor", "nobody=0.1")
    wrong = keyed.run(*command, key="tlk_wrong")

    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["rows"] == 24
    assert low.returncode == 1
    assert "intent has macro-F1" in low.stderr
    assert "nobody judged no row" in low.stderr
    assert wrong.returncode == 1
    assert "unauthorized" in wrong.stderr


def _send(keyed: Keyed, key: str | None = None, **options: Any) -> bytes:
    """Send a request whose headers hold the canary too; return the whole answer, headers first."""
    headers = {
        "X-Request-Id": f"not allowed {CANARY}",
        "User-Agent": CANARY,
        "X-Own": CANARY,
        "Referer": f"http://{CANARY}.example/",
        "Authorization": f"Bearer {keyed.key if key is None else key}",
        **options.pop("headers", {}),
    }
    path = str(options.pop("path", "/v1/classify"))
    reply = urllib3.request(
        str(options.pop("method", "POST")), keyed.stack.gateway_url + path,
        headers=headers, retries=False, timeout=WAIT_S, **options,
    )  # fmt: skip
    return repr(sorted(reply.headers.items())).encode() + reply.data


def test_nothing_that_a_run_wrote_holds_what_was_sent(keyed: Keyed) -> None:
    """Mails, headers, keys and bad input leave no trace in logs, files, metrics or errors."""
    _send_good(keyed)
    errors = _send_bad(keyed)
    # What has the form of a field's or a head's name is told to its sender, and to nobody else.
    assert CANARY.encode() in _send(keyed, json={CANARY: CANARY})
    assert CANARY.encode() in _send(keyed, json={"text": TEXT, "heads": [CANARY]})
    admin = {"X-API-Key": keyed.admin}
    pages = [keyed.stack.embedder_metrics, f"{keyed.stack.heads_url}/metrics"]
    pages.append(f"{keyed.stack.gateway_url}/metrics")
    shown = [urllib3.request("GET", page, headers=admin).data for page in pages]
    log = keyed.folder / "gateway.log"
    until(lambda: log.read_text().count('"code":"unauthorized"') >= 2, "no log lines")

    written = {str(p.relative_to(keyed.folder)): p.read_bytes() for p in _files(keyed.folder)}
    assert {"gateway.log", "heads.log", "embedder.log"} <= written.keys()
    assert all(b"# HELP" in page for page in shown)
    secret = [CANARY.encode(), CANARY.upper().encode(), keyed.key.encode(), keyed.admin.encode()]
    found = [*written.items(), *zip(pages, shown, strict=True)]
    found += [(f"error {number}", answer) for number, answer in enumerate(errors)]
    for name, content in found:
        assert not [word for word in secret if word in content], name


def _send_good(keyed: Keyed) -> None:
    """Send every form of a mail, the canary in each part of it."""
    raw = f"From: {CANARY}@example.com\r\nSubject: {CANARY}\r\n\r\n{TEXT}\r\n".encode()
    for mail in (
        {"text": TEXT, "subject": CANARY, "headers": {CANARY: CANARY}, "last_outbound": CANARY},
        {"html": f"<p title='{CANARY}'>{TEXT}</p>"},
        {"raw": base64.b64encode(raw).decode(), "own_domains": [f"{CANARY}.example"]},
        {"items": [{"text": TEXT}, {"text": 7, CANARY: CANARY}]},
    ):
        path = "/v1/classify/batch" if "items" in mail else "/v1/classify"
        assert b"decision" in _send(keyed, json=mail, path=path)
    assert b"decision" in _send(keyed, body=raw, headers={"Content-Type": "message/rfc822"})
    assert b"decision" in _send(keyed, json={"text": TEXT}, path="/v1/clean")


def _send_bad(keyed: Keyed) -> list[bytes]:
    """Send what is refused in every way, the canary in it; return the answers."""
    as_json = {"Content-Type": "application/json"}
    fresh = {"text": f"New {CANARY}."}
    return [
        _send(keyed, key=f"tlk_{CANARY}", json=fresh),
        _send(keyed, key="", headers={"X-API-Key": CANARY}, json=fresh),
        _send(keyed, json={f"Dear {CANARY}": CANARY}),
        _send(keyed, json={"text": TEXT, "heads": [CANARY.upper()]}),
        _send(keyed, body=f'{{"text": "{CANARY}'.encode(), headers=as_json),
        _send(keyed, body=f"{CANARY} ".encode() * 300_000, headers=as_json),
        _send(keyed, body=CANARY.encode(), headers={"Content-Type": f"text/{CANARY}"}),
        _send(keyed, json=fresh, headers={"X-Request-Timeout-Ms": CANARY}),
        _send(keyed, json=fresh, headers={"X-Request-Timeout-Ms": "1"}),
        _send(keyed, json={"raw": f"{CANARY}!"}),
        _send(keyed, json=fresh, path=f"/{CANARY}?{CANARY}={CANARY}"),
        _send(keyed, method="GET", path=f"/metrics?{CANARY}"),
        _send(keyed, body=CANARY.encode(), headers={**as_json, "Content-Encoding": "gzip"}),
    ]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
