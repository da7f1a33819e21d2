"""Laws of the search of settings: bounded, on held-out rows, never worse than what is usual."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.training.data.splits import random_folds
from heads.training.fitting.fit import Shape
from heads.training.fitting.recipe import (
    MemberSpec,
    Recipe,
    members_of,
    parse_members,
    recipe_of,
)
from heads.training.fitting.search import HeldOut, described, search, variants
from heads.training.fitting.selection import Selector
from tests.support.checkpoints import write_bert
from tests.support.study import rows, write_rows
from tests.unit.heads.training.fitting.test_strength import rows_of

# A pull so strong that hardly anything is learnt: there is much to find.
USUAL = Recipe((MemberSpec(("signal",), Shape(l2=30.0)), MemberSpec(("signal",), Shape(hidden=8))))


def held_out() -> HeldOut:
    """Return five folds of a hundred rows of four classes."""
    train, features = rows_of(0.5)
    return HeldOut(train, features, random_folds(train.strata, folds=5, seed=0))


def never() -> bool:
    """Say that there is time."""
    return False


def test_drawn_settings_keep_views_and_depth() -> None:
    """Linear members stay linear; a larger count begins with the smaller one."""
    drawn = variants(USUAL, 20, seed=1)

    assert drawn[:5] == variants(USUAL, 5, seed=1)
    assert drawn != variants(USUAL, 20, seed=2)
    assert all([m.views for m in r.members] == [("signal",), ("signal",)] for r in drawn)
    linear = [r.members[0].shape for r in drawn]
    assert all(0.003 <= shape.l2 <= 0.3 and not shape.hidden for shape in linear)
    assert {r.members[1].shape.hidden for r in drawn} <= {16, 32, 64, 128}
    assert {r.weighting for r in drawn} == {"none", "sqrt", "balanced"}


def test_the_best_on_all_folds_is_found_and_is_better() -> None:
    """Less log-loss than the usual settings, on the same held-out rows."""
    tried = held_out()
    found = search(USUAL, variants(USUAL, 9, 0), tried, out_of_time=never)

    assert found.tried == 9
    assert found.best.loss < found.usual.loss
    assert found.best.folds == found.usual.folds == 5
    assert found.best == tried.trial(found.best.recipe, 5)


def test_what_is_usual_stands_where_nothing_is_better() -> None:
    """No candidate at all, or one that learns nothing."""
    worse = Recipe((MemberSpec(("noise",), Shape(l2=30.0)),))
    good = Recipe((MemberSpec(("signal",), Shape(l2=0.03)),))
    for candidates in ([], [worse]):
        assert search(good, candidates, held_out(), out_of_time=never).best.recipe == good


def test_time_that_is_up_ends_the_search() -> None:
    """What is usual is measured in any case; no recipe is begun after the end."""
    answers = iter([False, False, *[True] * 99])
    found = search(USUAL, variants(USUAL, 9, 0), held_out(), out_of_time=lambda: next(answers))

    assert found.tried == 2
    assert found.best == found.usual


def test_fewer_recipes_go_on_to_more_folds() -> None:
    """Nine on one fold, three on three, one on all five."""
    lines: list[str] = []
    search(USUAL, variants(USUAL, 9, 0), held_out(), out_of_time=never, report=lines.append)

    assert [line.split(":")[0] for line in lines[1:]] == [
        "9 on 1 of 5 folds", "3 on 3 of 5 folds", "1 on 5 of 5 folds",
    ]  # fmt: skip


def test_a_trial_on_all_folds_is_what_selection_measures() -> None:
    """The same figure by the same rule."""
    train, features = rows_of(0.5)
    folds = random_folds(train.strata, folds=5, seed=0)
    recipe = Recipe((MemberSpec(("signal",), Shape(l2=0.03)),))
    trial = HeldOut(train, features, folds).trial(recipe, 5)

    assert trial.loss == pytest.approx(Selector(train, features, folds).loss(recipe.members))


def test_members_are_written_as_they_are_read() -> None:
    """And the table of a search is read back as a recipe."""
    text = "mean@3+mean@6;lexical;mean@6/32"
    found = search(USUAL, [], held_out(), out_of_time=never)

    assert members_of(Recipe(parse_members(text))) == text
    assert recipe_of(json.loads(json.dumps(found.as_table()))["recipe"]) == USUAL
    assert described(USUAL)["signal"] == "l2 30"


def test_found_settings_train_a_head_that_records_them(tmp_path: Path) -> None:
    """`heads search --out`, `heads train --settings`; a retraining needs the file no more."""
    data = write_rows(tmp_path / "topic.jsonl", rows(90))
    cache = ("--cache", str(tmp_path / "cache" / "vectors"))
    model = ("--model", str(write_bert(tmp_path / "bert")), *cache)
    about = ("topic", "--data", str(data), "--label-column", "label", *model)
    settings, catalog = tmp_path / "settings.json", ("--catalog", str(tmp_path / "catalog"))

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 0, done.output
        return done.output

    (tmp_path / "catalog").mkdir()
    members = ("--members", "mean@1;lexical")
    output = call("search", *about, *members, "--trials", "3", "--out", str(settings))
    assert "3 tried" in output
    assert "on the rows that chose it" in output
    call("train", *about, "--settings", str(settings), "--no-track", *catalog)
    settings_table = json.loads(settings.read_text())
    settings.unlink()
    call("retrain", "topic", "--of", "1", "--no-track", *cache, *catalog)
    versions = [tmp_path / "catalog" / "topic" / version for version in "12"]
    facts = [json.loads((version / "metrics.json").read_text()) for version in versions]
    assert all(fact["recipe"] == settings_table["recipe"] for fact in facts)
    search_table = facts[0]["training"]["order"]["settings"]["search"]
    assert search_table["tried"] == 3
    assert search_table["log_loss_is"] == "on the rows that chose it"
    cards = [(version / "README.md").read_text() for version in versions]
    assert all("the best of 3 that `heads search` tried" in card for card in cards)
    heads = [(version / "weights.safetensors").read_bytes() for version in versions]
    assert heads[0] == heads[1]


def test_settings_that_are_none_are_refused(tmp_path: Path) -> None:
    """A file of anything else, and members beside settings."""
    data = write_rows(tmp_path / "topic.jsonl", rows(30))
    broken = write_rows(tmp_path / "settings.json", [{"recipe": {"members": 3}}])
    about = ["train", "topic", "--data", str(data), "--label-column", "label",
             "--catalog", str(tmp_path), "--settings", str(broken)]  # fmt: skip

    assert "no settings of `heads search`" in CliRunner().invoke(main, about).output
    both = CliRunner().invoke(main, [*about, "--members", "lexical"])
    assert "leave --members out" in both.output
