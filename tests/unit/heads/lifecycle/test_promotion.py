"""Laws of the steps of a head's life where others, or the disk, come in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from heads import cli
from heads.errors import CatalogError, ConflictError, RequestError
from heads.lifecycle import aliases, audit
from heads.lifecycle.aliases import Answering
from heads.lifecycle.promotion import Author, demote, demote_candidate, promote, rollback
from heads.service.candidates import add_withdrawal
from heads.storage.folder import FolderCatalog
from tests.support.bundles import make_bundle

ANN = Author("ann")


class Watched(FolderCatalog):
    """A folder where something may happen just before the aliases are written."""

    before: Callable[[], None] | None = None

    def write(self, key: str, content: bytes, expected: str) -> None:
        if key.endswith(aliases.FILE) and self.before is not None:
            self.before()
        super().write(key, content, expected)


@pytest.fixture
def catalog(tmp_path: Path) -> Watched:
    """Write three versions of `intent`: 1 in production, 2 answers a tenth."""
    for version in ("1", "2", "3"):
        make_bundle(tmp_path, seed=int(version), version=version)
    found = Watched(tmp_path)
    promote(found, "intent", "1", "production", ANN)
    promote(found, "intent", "2", "candidate", ANN)
    return found


def outcomes(catalog: FolderCatalog) -> list[tuple[str, str]]:
    """Return action and outcome of every step on record."""
    return [(one.action, one.outcome) for one in audit.entries(catalog)]


def test_a_withdrawal_survives_an_unrelated_change(catalog: Watched) -> None:
    """Who loses the race to a new shadow looks again, and the candidate goes all the same."""
    others = FolderCatalog(catalog.root)

    def interfere() -> None:
        catalog.before = None
        promote(others, "intent", "3", "shadow", ANN)

    catalog.before = interfere
    assert demote_candidate(catalog, "intent", "2", "too many errors")
    held = aliases.read(catalog, "intent")[0]
    assert (held.candidate, held.shadow) == (None, "3")
    assert outcomes(catalog)[2:] == [
        ("withdraw candidate", "forestalled"),
        ("promote to shadow", "done"),
        ("withdraw candidate", "done"),
    ]


def test_a_withdrawal_that_others_took_is_no_longer_ours(catalog: Watched) -> None:
    """Who loses the race to the same withdrawal is told that nothing was left to do."""
    others = FolderCatalog(catalog.root)

    def interfere() -> None:
        catalog.before = None
        assert demote_candidate(others, "intent", "2", "first")

    catalog.before = interfere
    assert not demote_candidate(catalog, "intent", "2", "second")


def test_a_withdrawal_that_never_gets_its_turn_is_an_error(catalog: Watched) -> None:
    """It is never told as done, or as needless, while the candidate still answers."""
    others = FolderCatalog(catalog.root)

    def interfere() -> None:
        share = 0.5 if aliases.read(others, "intent")[0].shadow_sample == 1.0 else 1.0
        promote(others, "intent", "3", "shadow", ANN, share=share)

    catalog.before = interfere
    with pytest.raises(ConflictError, match="kept changing"):
        demote_candidate(catalog, "intent", "2", "too many errors")
    app = Flask("heads")
    app.testing = True
    add_withdrawal(app, catalog, "secret")
    asked = {"head": "intent", "version": "2", "reason": "too many errors"}
    with pytest.raises(RequestError) as refused:
        app.test_client().post(
            "/v1/candidates/withdraw", json=asked, headers={"Authorization": "Bearer secret"}
        )
    assert refused.value.status == 503
    assert aliases.read(catalog, "intent")[0].candidate == "2"


def test_a_rollback_never_brings_a_withdrawn_candidate_back(catalog: Watched) -> None:
    """A withdrawal undoes the start: what comes back is what answered before the candidate."""
    promote(catalog, "intent", "2", "candidate", ANN, share=0.5)
    assert demote_candidate(catalog, "intent", "2", "too many errors")
    assert aliases.read(catalog, "intent")[0].answering == Answering("1")
    assert rollback(catalog, "intent", ANN).answering == Answering()


def test_a_rollback_after_a_withdrawal_keeps_changes_of_production(catalog: Watched) -> None:
    """Production changed while the candidate was tried: that change is still the last one."""
    promote(catalog, "intent", "3", "production", ANN)
    demote(catalog, "intent", "candidate", ANN)
    assert rollback(catalog, "intent", ANN).answering == Answering("1")


def test_a_step_that_could_not_be_written_is_on_record_as_failed(catalog: Watched) -> None:
    """The record says `done` of no change that the catalog refused to write."""

    def fail() -> None:
        raise CatalogError("the disk is full")

    catalog.before = fail
    with pytest.raises(CatalogError, match="disk is full"):
        promote(catalog, "intent", "3", "production", ANN)
    assert outcomes(catalog)[-1] == ("promote to production", "failed")
    assert aliases.read(catalog, "intent")[0].production == "1"


def remove_role(catalog: FolderCatalog, role: str, *more: str) -> Result:
    """Run `heads remove-role intent --role ROLE` on the catalog."""
    arguments = ["intent", "--role", role, "--catalog", str(catalog.root), *more]
    return CliRunner().invoke(cli.remove_role, arguments)


def test_the_command_takes_a_shadow_s_role_away_on_record(catalog: Watched) -> None:
    """`heads remove-role --role shadow` leaves production and candidate, and says who and why."""
    promote(catalog, "intent", "3", "shadow", ANN)
    result = remove_role(catalog, "shadow", "--by", "bob", "--why", "seen enough")
    assert (result.exit_code, result.output) == (0, "intent: production 1, candidate 2 (10%)\n")
    roles = aliases.read(catalog, "intent")[0]
    assert (roles.shadow, roles.candidate, roles.production) == (None, "2", "1")
    entry = list(audit.entries(catalog, "intent"))[-1]
    assert (entry.by, entry.why, entry.outcome) == ("bob", "seen enough", "done")
    assert (entry.before["shadow"], entry.after["shadow"]) == ("3", None)


def test_the_command_takes_a_candidate_s_role_away(catalog: Watched) -> None:
    """Production alone answers then, and a rollback does not bring the candidate back."""
    assert remove_role(catalog, "candidate").output == "intent: production 1\n"
    assert rollback(catalog, "intent", ANN).answering == Answering()


def test_the_command_never_leaves_a_head_without_production(catalog: Watched) -> None:
    """Production is refused with the commands that replace it; nothing changes, nor is recorded."""
    before = (aliases.read(catalog, "intent"), outcomes(catalog))
    result = remove_role(catalog, "production")
    assert result.exit_code == 1
    for way_out in ("heads promote intent VERSION", "heads rollback intent", "[impossible_step]"):
        assert way_out in result.output
    assert (aliases.read(catalog, "intent"), outcomes(catalog)) == before


def test_the_command_refuses_a_role_that_no_version_has(catalog: Watched) -> None:
    """Nothing to take away is an error of one line, and no step on record."""
    before = outcomes(catalog)
    result = remove_role(catalog, "shadow")
    assert (result.exit_code, result.output) == (
        1,
        "Error: intent has no shadow [impossible_step]\n",
    )
    assert outcomes(catalog) == before


def test_removing_a_role_overwrites_nobody_s_change(catalog: Watched) -> None:
    """Compare and swap: who loses the race is told, and the other's change stands."""
    promote(catalog, "intent", "3", "shadow", ANN, share=0.5)

    def interfere() -> None:
        catalog.before = None
        promote(FolderCatalog(catalog.root), "intent", "3", "shadow", ANN, share=0.25)

    catalog.before = interfere
    with pytest.raises(ConflictError):
        demote(catalog, "intent", "shadow", ANN)
    assert aliases.read(catalog, "intent")[0].shadow_sample == 0.25
    assert outcomes(catalog)[-2:] == [
        ("withdraw shadow", "forestalled"),
        ("promote to shadow", "done"),
    ]
