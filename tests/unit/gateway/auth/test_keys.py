"""API keys as they are kept, found and followed."""

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.__main__ import main
from gateway.auth.keyring import Keyring, open_keyring
from gateway.auth.keys import SCOPES, KeysError, digest, new_key, read_keys, write_keys
from gateway.config import Settings
from trunkline.logs import configure_logging
from trunkline.settings import SettingsError

DAY = date(2026, 1, 2)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def put(file: Path, content: str | bytes, at: float) -> None:
    """Write a file whose modification time is this second."""
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(file, (at, at))


def test_a_key_is_kept_as_a_hash_alone() -> None:
    """What is stored finds the key and does not contain it; no two keys are alike."""
    text, key = new_key("crm", ["classify"], DAY)
    other, _ = new_key("crm", ["classify"], DAY)
    line = key.line()

    assert len(text) > 40
    assert text != other
    assert text not in line
    assert Keyring(line).find(text) == key
    assert Keyring(line).find(other) is None
    assert Keyring(line).find("") is None
    assert Keyring(line).find(digest(text)) is None
    assert Keyring(line).find("ключ\udcff") is None


def test_lines_and_a_list_say_the_same() -> None:
    """A file of lines and a JSON list, for a secret's single value, hold the same keys."""
    keys = [new_key(f"k{n}", ["admin", "feedback"], DAY, n + 1)[1] for n in range(3)]
    lines = write_keys(keys)
    listed = json.dumps([json.loads(line) for line in lines.splitlines()])
    assert read_keys(lines) == read_keys(listed) == tuple(keys)
    assert read_keys("\n \n") == read_keys("[]") == ()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sha256": "tlk_plain-secret"}, "sha256"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root-secret"]}, "scopes"),
        ({"id": "No secret!"}, "id"),
        ({"created": "secret"}, "created"),
        ({"secret": 1}, "unknown member"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"tenants": []}, "tenants"),
        ({"tenants": None}, "tenants"),
        ({"tenants": ""}, "tenants"),
        ({"tenants": "secret"}, "tenants"),
        ({"tenants": ["acme", ""]}, "tenants"),
        ({"tenants": ["acme, secret"]}, "tenants"),
        ({"tenants": ["secret\n"]}, "tenants"),
        ({"tenants": ["x" * 129]}, "tenants"),
        ({"tenants": [f"t{n}" for n in range(101)]}, "tenants"),
    ],
)
def test_a_bad_line_is_named_without_its_values(change: dict[str, object], complaint: str) -> None:
    """An error names line and field; a key pasted into the wrong place is not repeated."""
    _, key = new_key("crm", ["classify"], DAY)
    with pytest.raises(KeysError) as raised:
        read_keys(key.line() + "\n" + json.dumps({**json.loads(key.line()), **change}))
    assert "line 2" in str(raised.value)
    assert complaint in str(raised.value)
    assert "secret" not in str(raised.value)


def test_lines_of_earlier_releases_keep_their_meaning() -> None:
    """A key made before there were tenants is bound to none, and has the scopes that it had."""
    scopes = ["classify", "embeddings", "feedback", "admin"]
    line = json.dumps({"id": "old", "sha256": "0" * 64, "scopes": scopes, "created": "2026-01-02"})
    (key,) = read_keys(line)
    assert key.tenants == frozenset()
    assert key.scopes == set(scopes)
    assert not key.scopes & {"read", "read_text", "erase"}
    assert json.loads(key.line()) == {**json.loads(line), "scopes": sorted(scopes)}


def test_a_bound_key_is_stored_with_its_tenants() -> None:
    """What is written is read again, in one order; small and capital letters are two tenants."""
    text, key = new_key("crm", ["read"], DAY, tenants=["globex", "acme", "Acme", "acme"])
    assert json.loads(key.line())["tenants"] == ["Acme", "acme", "globex"]
    (again,) = read_keys(key.line())
    assert again == key == Keyring(key.line()).find(text)


@pytest.mark.parametrize("text", ["nonsense", "[1]", "[", "7", '"x"'])
def test_what_is_no_list_of_keys_is_refused(text: str) -> None:
    """Anything else is a KeysError, never another error."""
    with pytest.raises(KeysError):
        read_keys(text)


def test_two_keys_have_two_names() -> None:
    """An id or a hash that stands twice is an error: revoking one would leave the other."""
    _, key = new_key("crm", ["classify"], DAY)
    with pytest.raises(KeysError, match="same id"):
        read_keys(key.line() + "\n" + new_key("crm", ["admin"], DAY)[1].line())
    with pytest.raises(KeysError, match="same sha256"):
        read_keys(key.line() + "\n" + key.line().replace('"crm"', '"crm2"'))


def test_keys_follow_their_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Added keys are found and removed ones are not, a second later; the change is audited."""
    configure_logging("gateway", "error")
    file, clock = tmp_path / "keys", Clock()
    old, first = new_key("old", ["classify"], DAY)
    new, second = new_key("new", ["classify"], DAY)
    put(file, first.line(), 1)
    ring = Keyring("", file, clock, clock)
    put(file, second.line() + "\n", 100)

    assert ring.find(old) == first
    clock.now += 1.5
    assert ring.find(old) is None
    assert ring.find(new) == second
    event = json.loads(capfd.readouterr().err)
    assert (event["event"], event["act"]) == ("audit", "keys_changed")
    assert (event["added"], event["removed"], event["changed"]) == (["new"], ["old"], [])


def test_a_file_is_taken_once_it_lies_still(tmp_path: Path) -> None:
    """Found in the middle of a write, nothing vanishes; the whole is taken a moment later."""
    file, clock = tmp_path / "keys", Clock()
    old, first = new_key("old", ["classify"], DAY)
    new, second = new_key("new", ["classify"], DAY)
    put(file, first.line(), 1)
    ring = Keyring("", file, clock, clock)
    clock.now = 101.05
    put(file, "", 101.04)
    assert ring.find(old) == first
    put(file, write_keys([first, second]), 101.06)
    clock.now = 101.2
    assert (ring.find(old), ring.find(new)) == (first, second)


def test_a_stamp_of_another_clock_is_taken_once_it_was_met_twice(tmp_path: Path) -> None:
    """A file server whose clock is ahead does not keep a revoked key alive."""
    file, clock = tmp_path / "keys", Clock()
    text, key = new_key("crm", ["classify"], DAY)
    put(file, key.line(), 1)
    ring = Keyring("", file, clock, clock)
    put(file, "", 9_999)
    clock.now = 101.05
    assert ring.find(text) == key
    clock.now = 101.1
    assert ring.find(text) == key
    clock.now = 101.2
    assert ring.find(text) is None


@pytest.mark.parametrize("what", ["gone", "broken", "clash", "not text"])
def test_a_file_that_cannot_be_read_changes_nothing(tmp_path: Path, what: str) -> None:
    """No key appears or vanishes because a file was lost or half written, and the next is taken."""
    file, clock = tmp_path / "keys", Clock()
    fixed = new_key("fixed", ["admin"], DAY)[1]
    text, key = new_key("crm", ["classify"], DAY)
    put(file, key.line(), 1)
    ring = Keyring(fixed.line(), file, clock, clock)
    clash = new_key("fixed", ["admin"], DAY)[1].line()
    content: dict[str, str | bytes] = {"broken": "{", "clash": clash, "not text": b"\xff\xfe"}
    if what == "gone":
        file.unlink()
    else:
        put(file, content[what], 2)
    clock.now += 2
    assert ring.find(text) == key
    put(file, "", 3)
    clock.now += 2
    assert ring.find(text) is None


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "gateway.internal"])
def test_a_public_address_needs_a_key(host: str, tmp_path: Path) -> None:
    """Without a key the gateway does not start where others can reach it, and names what to set."""
    empty = tmp_path / "keys"
    empty.touch()
    for settings in (Settings(host=host), Settings(host=host, api_keys_file=empty)):
        with pytest.raises(SettingsError, match="GATEWAY_API_KEYS_FILE"):
            open_keyring(settings)
    line = new_key("crm", ["classify"], DAY)[1].line()
    assert open_keyring(Settings(host=host, api_keys=line)) is not None  # type: ignore[arg-type]
    sagemaker = open_keyring(Settings(host=host, sagemaker=True))
    assert sagemaker is not None
    assert len(sagemaker) == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
def test_loopback_needs_none_until_one_is_set(host: str, tmp_path: Path) -> None:
    """On loopback keys are asked for exactly where the operator named some, or an empty file."""
    empty = tmp_path / "keys"
    empty.touch()
    assert open_keyring(Settings(host=host)) is None
    assert open_keyring(Settings(host=host, api_keys_file=empty)) is not None


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"api_keys_file": Path("/nowhere/at/all")}, "GATEWAY_API_KEYS_FILE: No such file"),
        ({"api_keys": "secret"}, "GATEWAY_API_KEYS: line 1: not JSON"),
    ],
)
def test_keys_that_cannot_be_read_name_their_setting(
    settings: dict[str, Any], complaint: str
) -> None:
    """At the start bad keys are an error that names the setting and repeats nothing."""
    with pytest.raises(SettingsError) as raised:
        open_keyring(Settings(**settings))
    assert complaint in str(raised.value)
    assert "secret" not in str(raised.value)


def test_commands_make_list_and_revoke(tmp_path: Path) -> None:
    """`keys new` prints the key once and keeps its hash; `list` names it; `revoke` removes it."""
    file, run = tmp_path / "keys", CliRunner()
    made = run.invoke(main, ["keys", "new", "crm", "--scope", "classify", "--file", str(file)])
    again = run.invoke(main, ["keys", "new", "crm", "--scope", "admin", "--file", str(file)])
    text = made.stdout.strip()
    named = {"GATEWAY_API_KEYS_FILE": str(file)}
    run.invoke(main, ["keys", "new", "ops", "--scope", "admin", "--scope", "classify"], env=named)
    listed = run.invoke(main, ["keys", "list"], env=named).stdout

    assert made.exit_code == 0
    assert again.exit_code == 1
    assert text not in file.read_text() + listed
    assert re.fullmatch(r"tlk_[\w-]{43}", text)
    assert Keyring("", file).find(text) is not None
    assert [line.split()[:2] for line in listed.splitlines()] == [
        ["crm", "classify"],
        ["ops", "admin,classify"],
    ]
    assert run.invoke(main, ["keys", "revoke", "crm"], env=named).exit_code == 0
    assert run.invoke(main, ["keys", "revoke", "crm"], env=named).exit_code == 1
    assert Keyring("", file).find(text) is None
    assert len(Keyring("", file)) == 1


def test_commands_bind_keys_to_tenants(tmp_path: Path) -> None:
    """`--tenant a,b` binds, also given twice, and `list` shows to what; `*` is bound to none."""
    file, run = tmp_path / "keys", CliRunner()
    named = {"GATEWAY_API_KEYS_FILE": str(file)}
    new = ["keys", "new", "--scope", "read"]
    both = run.invoke(
        main, [*new, "both", "--tenant", "globex, acme", "--tenant", "acme"], env=named
    )
    run.invoke(main, [*new, "free"], env=named)
    listed = run.invoke(main, ["keys", "list"], env=named).stdout
    key = Keyring("", file).find(both.stdout.strip())

    assert key is not None
    assert key.tenants == {"acme", "globex"}
    assert [(line.split()[0], line.split()[-1]) for line in listed.splitlines()] == [
        ("both", "acme,globex"),
        ("free", "*"),
    ]


@pytest.mark.parametrize("tenants", ["", ",", "acme,", "a b", "*", "é", "x" * 129])
def test_a_tenant_that_is_none_makes_no_key(tenants: str) -> None:
    """An unset variable behind `--tenant` is an error: it must not make a key that is unbound."""
    command = ["keys", "new", "crm", "--scope", "read", "--tenant", tenants]
    made = CliRunner().invoke(main, command)
    assert (made.exit_code, made.stdout) == (2, "")
    assert "--tenant" in made.stderr


def test_the_help_explains_every_scope() -> None:
    """`keys new --help` says what each scope is for."""
    shown = CliRunner().invoke(main, ["keys", "new", "--help"]).stdout
    for scope, meaning in SCOPES.items():
        assert f"{scope:11} {meaning}" in shown


def test_commands_at_the_same_time_lose_no_key(tmp_path: Path) -> None:
    """Each reads, changes and replaces the file in its turn: no key is lost, none comes back."""
    file = tmp_path / "keys"
    gone = [f"old{n}" for n in range(8)]
    file.write_text(write_keys([new_key(name, ["classify"], DAY)[1] for name in gone]))
    runs = [["revoke", name] for name in gone]
    runs += [["new", f"new{n}", "--scope", "classify"] for n in range(8)]

    def run(command: list[str]) -> None:
        main.main(["keys", *command, "--file", str(file)], standalone_mode=False)

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(run, runs))
    assert {key.id for key in read_keys(file.read_text())} == {f"new{n}" for n in range(8)}


def test_a_changed_file_stays_where_and_whose_it_was(tmp_path: Path) -> None:
    """A link stays a link; the file behind it keeps mode, owner and group."""
    file, link = tmp_path / "real" / "keys", tmp_path / "keys"
    file.parent.mkdir()
    file.touch()
    file.chmod(0o640)
    link.symlink_to(file)
    user, group = (12_345, 12_345) if os.geteuid() == 0 else (os.geteuid(), os.getgroups()[-1])
    os.chown(file, user, group)
    made = CliRunner().invoke(
        main, ["keys", "new", "crm", "--scope", "classify", "--file", str(link)]
    )
    assert Keyring("", file).find(made.stdout.strip()) is not None
    assert link.is_symlink()
    stat = file.stat()
    assert (stat.st_mode & 0o777, stat.st_uid, stat.st_gid) == (0o640, user, group)


def test_without_a_file_the_line_is_printed_apart(tmp_path: Path) -> None:
    """The key is alone on standard output, so that it can go straight into a secret store."""
    made = CliRunner().invoke(main, ["keys", "new", "crm", "--scope", "classify"])
    text, line = made.stdout.strip(), made.stderr.splitlines()[-1]
    assert Keyring(line).find(text) is not None
    assert CliRunner().invoke(main, ["keys", "list"]).exit_code == 1
    bad = CliRunner().invoke(main, ["keys", "new", "Not A Name", "--scope", "classify"])
    assert bad.exit_code == 1
    missing = ["keys", "list", "--file", str(tmp_path / "none")]
    assert CliRunner().invoke(main, missing).exit_code == 1
