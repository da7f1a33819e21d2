"""Laws of what MLflow is told of a bundle, and of two versions side by side."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from heads.__main__ import main
from heads.bundle.reading import BundleFiles, learnt_digest, read_folder
from heads.training.commands.train import CATALOG
from heads.training.comparing import comparison_table
from heads.training.errors import TrackingError
from heads.training.run_facts import facts_of, metrics_of, params_of, tags_of


@pytest.fixture(scope="module")
def bundle() -> BundleFiles:
    """Read a shipped bundle."""
    return read_folder(CATALOG / "intent" / "2")


def test_every_figure_has_the_path_that_it_has_in_the_bundle(bundle: BundleFiles) -> None:
    """And a name that MLflow takes, whatever characters a label has."""
    metrics = metrics_of(facts_of(bundle))
    facts = facts_of(bundle)["evaluation"]["source"]
    assert metrics["source.macro_f1"] == facts["macro_f1"]
    assert metrics["source.labels.objection.f1"] == facts["labels"]["objection"]["f1"]
    odd = metrics_of({"evaluation": {"given": {"labels": {"a:b?": {"f1": 0.5}}}}})
    assert odd == {"given.labels.a_b_.f1": 0.5}


def test_a_run_says_what_was_asked_and_what_it_stood_on(bundle: BundleFiles) -> None:
    """Of a bundle without a record the recipe is told, and that the rest is unknown."""
    params = params_of(bundle, facts_of(bundle))
    assert params["views"] == "text@3,text@4"
    assert json.loads(params["member.0"])["views"] == ["text@3", "text@4"]
    tags = tags_of(bundle, facts_of(bundle))
    assert (tags["trunkline.bundle"], tags["trunkline.learnt"]) == (
        bundle.digest,
        learnt_digest(bundle),
    )
    assert tags["mlflow.source.git.commit"] == "unknown"
    record = {"order": {"members": "lexical", "query": None}, "state": {"commit": "abc-dirty"}}
    facts = {**facts_of(bundle), "training": record}
    assert params_of(bundle, facts)["members"] == "lexical"
    assert "query" not in params_of(bundle, facts)
    dirty = tags_of(bundle, facts)
    assert (dirty["mlflow.source.git.commit"], dirty["trunkline.dirty"]) == ("abc", "true")


def test_a_bundle_without_figures_is_refused(bundle: BundleFiles) -> None:
    """A run of nothing would be found as if it were one."""
    with pytest.raises(TrackingError, match=r"no readable metrics\.json"):
        facts_of(replace(bundle, files={}))


def test_versions_are_compared_by_split_and_label() -> None:
    """What only one has is shown; other rows are said to be other rows."""
    old, new = (facts_of(read_folder(CATALOG / "intent" / version)) for version in "12")
    lines = comparison_table(old, new)
    assert lines[2] == "Not judged on the same rows."
    row = next(line for line in lines if line.startswith("| source: F1 of referral |"))
    before, after = (
        facts["evaluation"]["source"]["labels"]["referral"]["f1"] for facts in (old, new)
    )
    assert f"| {before:.4g} | {after:.4g} | {after - before:+.4g} |" in row
    assert "Not judged on the same rows." not in comparison_table(new, new)


def test_without_mlflow_tracking_says_how_to_get_it() -> None:
    """In the environment that serves and trains, `heads track` names the command."""
    done = CliRunner().invoke(main, ["track", "intent", "--catalog", str(CATALOG)])
    assert done.exit_code == 1
    assert "`make setup-tracking`" in done.output
