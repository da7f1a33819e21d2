"""Switches: what is off is one small file, changed by compare-and-swap, recorded before."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.errors import LifeError, SwitchError
from heads.lifecycle import audit
from heads.lifecycle.promotion import Author
from heads.lifecycle.switches import FILE, MAX_SWITCHES, Switches, read, switch
from heads.registry.registry import Registry
from heads.storage.folder import FolderCatalog
from tests.support.bundles import put_live

ANN = Author("ann", "takes people for machines")
RULE = "rule:auto_reply.body.left_company"


def test_a_switch_is_turned_and_recorded(tmp_path: Path) -> None:
    """Off names who and why; on forgets it; the record keeps both, newest last."""
    catalog = FolderCatalog(tmp_path)
    off = switch(catalog, RULE, on=False, author=ANN)
    assert (off.generation, off.rules, off.heads) == (1, ("auto_reply.body.left_company",), ())
    assert read(catalog)[0] == off
    assert (off.off[RULE].by, off.off[RULE].why) == ("ann", "takes people for machines")
    assert switch(catalog, RULE, on=True, author=ANN) == read(catalog)[0] == Switches(2, {})
    assert [
        (entry.head, entry.action, entry.before, entry.after, entry.outcome)
        for entry in audit.entries(catalog)
    ] == [
        (RULE, "switch off", {"switch": "on"}, {"switch": "off"}, "done"),
        (RULE, "switch on", {"switch": "off"}, {"switch": "on"}, "done"),
    ]


@pytest.mark.parametrize(
    "target",
    [
        "auto_reply.body",
        "rule:",
        "rule:Body",
        "rule:a..b",
        "head:../x",
        "head:nobody",
        "rule:a b",
        "rule:a\n",
    ],
)
def test_what_is_no_rule_or_head_is_refused(tmp_path: Path, target: str) -> None:
    """A mistyped target, or a head that the catalog does not hold, changes and records nothing."""
    catalog = FolderCatalog(tmp_path)
    with pytest.raises(LifeError):
        switch(catalog, target, on=False, author=ANN)
    assert list(tmp_path.iterdir()) == []


def test_turning_twice_is_refused(tmp_path: Path) -> None:
    """Who turns off what is off already is told so: somebody else did it, with another reason."""
    catalog = FolderCatalog(tmp_path)
    switch(catalog, RULE, on=False, author=ANN)
    with pytest.raises(LifeError, match="off already"):
        switch(catalog, RULE, on=False, author=ANN)
    with pytest.raises(LifeError, match="on already"):
        switch(catalog, "rule:empty", on=True, author=ANN)


@pytest.mark.parametrize("name", ["by", "why"])
def test_an_author_of_many_words_is_refused(tmp_path: Path, name: str) -> None:
    """The error names the option, the limit and the way out; the last that is taken is read."""
    catalog = FolderCatalog(tmp_path)

    def author(words: str) -> Author:
        return Author(words) if name == "by" else Author("ann", words)

    with pytest.raises(LifeError, match=rf"^{name} has 501 .*500 .*shorter --{name}$"):
        switch(catalog, RULE, on=False, author=author("x" * 501))
    assert list(tmp_path.iterdir()) == []
    off = switch(catalog, RULE, on=False, author=author("x" * 500))
    assert read(catalog)[0] == off


def test_no_file_is_written_that_could_not_be_read(tmp_path: Path) -> None:
    """Before the file outgrows what is read of it a change is refused, by its limit, unrecorded."""
    catalog = FolderCatalog(tmp_path)
    author = Author("ann", "\N{SNOWMAN}" * 500)  # six bytes each in the file

    def fill() -> None:
        for number in range(MAX_SWITCHES):
            switch(catalog, f"rule:r{number}", on=False, author=author)

    with pytest.raises(LifeError, match="262144 are read: turn a switch on first"):
        fill()
    left = read(catalog)[0]
    assert len(list(audit.entries(catalog))) == left.generation == len(left.off)
    assert switch(catalog, "rule:r0", on=True, author=author) == read(catalog)[0]


class _Racing(FolderCatalog):
    """A catalog in which somebody else writes the switches first, once."""

    other: Callable[[], object] | None

    def write(self, key: str, content: bytes, expected: str) -> None:
        """Let the other writer go first."""
        other, self.other = self.other, None
        if other is not None:
            other()
        super().write(key, content, expected)


def test_of_two_writers_none_is_lost(tmp_path: Path) -> None:
    """A forestalled change is recorded as such, and made on top of the other."""
    mine = _Racing(tmp_path)
    mine.other = lambda: switch(FolderCatalog(tmp_path), "rule:empty", on=False, author=ANN)
    assert switch(mine, RULE, on=False, author=ANN).rules == (
        "auto_reply.body.left_company",
        "empty",
    )
    outcomes = [(entry.head, entry.outcome) for entry in audit.entries(mine)]
    assert outcomes == [(RULE, "forestalled"), ("rule:empty", "done"), (RULE, "done")]


@pytest.mark.parametrize("content", [b"{", b'{"generation": 1, "off": {"x": {}}}', b"[]"])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """What is no list of switches is an error with a code, for whoever reads or writes it."""
    (tmp_path / FILE).write_bytes(content)
    for call in (read, lambda catalog: switch(catalog, RULE, on=False, author=ANN)):
        with pytest.raises(SwitchError):
            call(FolderCatalog(tmp_path))


def test_the_registry_follows_the_switches(tmp_path: Path) -> None:
    """A head that is off is disabled in every role, rules are named; on again all is as before."""
    put_live(tmp_path)
    catalog = FolderCatalog(tmp_path)
    registry = Registry(catalog)
    before = registry.current().head_set
    switch(catalog, "head:intent", on=False, author=ANN)
    switch(catalog, RULE, on=False, author=ANN)
    assert registry.poll()
    off = registry.current().head_set
    assert (off.heads["intent"].status, off.heads["intent"].version) == ("disabled", "1")
    assert off.disabled_rules == ("auto_reply.body.left_company",)
    assert off.generation != before.generation
    assert not registry.poll()
    (tmp_path / FILE).write_text("broken")
    assert not registry.poll()
    assert registry.current().head_set == off
    (tmp_path / FILE).unlink()
    assert registry.poll()
    assert registry.current().head_set == before


def test_a_switch_turned_twice_between_two_looks_changes_nothing(tmp_path: Path) -> None:
    """Off and on again before a worker looked is no new snapshot, then or later."""
    put_live(tmp_path)
    catalog = FolderCatalog(tmp_path)
    registry = Registry(catalog)
    snapshot = registry.current()
    for on in (False, True):
        switch(catalog, RULE, on=on, author=ANN)
    assert not registry.poll()
    assert registry.current() is snapshot


@pytest.mark.parametrize(
    ("action", "target", "is_noted"),
    [("off", RULE, True), ("off", "head:intent", False), ("on", RULE, False)],
)
def test_the_command_says_that_ids_of_rules_are_not_checked(
    tmp_path: Path, action: str, target: str, is_noted: bool
) -> None:
    """Beside the answer, where no script reads it, and only where a rule is turned off."""
    put_live(tmp_path)
    if action == "on":
        switch(FolderCatalog(tmp_path), target, on=False, author=ANN)
    done = CliRunner().invoke(main, ["switch", action, target, "--catalog", str(tmp_path)])
    assert done.stdout == f"{target} is {action}\n"
    for words in ("not checked here", "heads switch list", "disabled_rules"):
        assert (words in done.stderr) == is_noted


def test_the_command_turns_lists_and_records(tmp_path: Path) -> None:
    """`heads switch off|on|list` and `heads audit` are all that an operator needs."""
    put_live(tmp_path)
    where = ["--catalog", str(tmp_path)]

    def heads(*words: str) -> str:
        done = CliRunner().invoke(main, [*words, *where])
        assert done.exit_code == 0, done.output
        return done.stdout

    said = heads("switch", "off", RULE, "head:intent", "--by", "ann", "--why", "too eager")
    assert said == f"{RULE} is off\nhead:intent is off\n"
    listed = heads("switch", "list").splitlines()
    assert listed[0].startswith("head:intent off since 2")
    assert listed[1].endswith("by ann (too eager)")
    assert "disabled" in heads("list")
    heads("switch", "on", RULE, "head:intent", "--by", "bob")
    assert heads("switch", "list").startswith("nothing is switched off")
    assert [line.split(" ", 1)[1] for line in heads("audit", "intent").splitlines()] == [
        "intent switch off by ann: switch on -> off (too eager)",
        "intent switch on by bob: switch off -> on",
    ]
    again = CliRunner().invoke(main, ["switch", "on", RULE, *where])
    assert (again.exit_code, "[impossible_step]" in again.output) == (1, True)
