"""The `heads` command: serves, lists and checks heads; loads training commands when called."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import click

from heads import archive, cli, config, lineage, listing
from heads.bundle.loading import head_of
from heads.bundle.reading import read
from heads.cli import catalog_option, handle_heads_errors
from heads.errors import AliasError, BundleError
from heads.lifecycle import aliases
from heads.storage.catalog import Catalog
from trunkline.lazy_group import LazyGroup
from trunkline.settings import SettingsError, report_and_exit

_LEARNING = "heads.training.commands.train:training"
_DATA = "heads.training.commands.data:training"
_NEW = "heads.training.commands.new:training"
_JUDGING = "heads.training.commands.promote:training"
_TUNING = "heads.training.commands.tune:training"
_UNLIKE = "heads.training.commands.unlike:training"
_RECALIBRATION = "heads.training.commands.recalibrate:training"
_ERRORS = "heads.training.commands.errors:training"
_OPT_OUT = "heads.training.commands.opt_out:training"
_RISKS = "heads.training.commands.risks:training"
_BEHAVIOUR = "heads.training.commands.behave:training"
_PARETO = "heads.training.commands.pareto:training"
_LABELLING = "heads.training.commands.label:training"
_RETRAINING = "heads.training.commands.retrain:training"
_SYNC = "heads.training.commands.sync:training"
_TRACKING = "heads.training.commands.track:training"
_SEARCH = "heads.training.commands.search:training"
_PSEUDO = "heads.training.commands.pseudo_label:training"
_STUDY = "heads.training.commands.study:training"
_LONG_TEXTS = "heads.training.commands.long_texts:training"
_TRAINING = {
    "train": (_LEARNING, "Train a head and write its bundle."),
    "retrain": (_RETRAINING, "Train a head again by the recipe in its bundle."),
    "sync": (_SYNC, "Follow the aliases of MLflow's registered models."),
    "track": (_TRACKING, "Log bundles to MLflow as runs and model versions."),
    "evaluate": (_LEARNING, "Score heads on labelled texts."),
    "bench": (_LEARNING, "Train and score on public benchmark sets."),
    "tune": (_TUNING, "Fine-tune one encoder for all heads of replies."),
    "tune-encoder": (_TUNING, "Fine-tune the shared encoder on labelled texts."),
    "adapter": (_TUNING, "Write what tuning changed of the base as a small folder."),
    "data": (_DATA, "Look at and check the labelled corpus."),
    "opt-out-thresholds": (_OPT_OUT, "Choose what of an opt-out may be acted on or is looked at."),
    "recalibrate": (_RECALIBRATION, "Choose a head's thresholds anew on your own labelled rows."),
    "errors": (_ERRORS, "List what a head gets wrong on held-out rows, by what they share."),
    "risks": (_RISKS, "Show what mistakes cost by language with each encoder's heads."),
    "unlike": (_UNLIKE, "Show which texts heads find unlike anything learnt."),
    "new": (_NEW, "Make a head from a table of labelled texts."),
    "pseudo-label": (_PSEUDO, "Label rows that a head is sure of, by a measured precision."),
    "select": (_LABELLING, "Choose which texts to label next."),
    "label-errors": (_LABELLING, "List labels that look wrong."),
    "simulate-labels": (_LABELLING, "Count how many labels a way of choosing texts needs."),
    "convert": (_LABELLING, "Convert labelled rows from and to annotation tools' files."),
    "promote": (_JUDGING, "Give a version a role, if the gate lets it through."),
    "behave": (_BEHAVIOUR, "Show how heads do in the behavioural suite."),
    "long-texts": (_LONG_TEXTS, "Judge ways of reading long texts by replies hidden in them."),
    "salience": (_LONG_TEXTS, "Learn which sentences of a long text matter."),
    "pareto": (_PARETO, "Compare depths and precisions of the encoder by quality and cost."),
    "search": (_SEARCH, "Search a head's strengths and widths by held-out log-loss."),
    "study": (_STUDY, "Compare embeddings, ways of learning and numbers of labels."),
    "diff": (_JUDGING, "List the texts that two versions decide differently."),
}


class _Commands(LazyGroup):
    """Training commands are loaded only when called: serving needs none of their packages."""

    def load(self, name: str) -> click.Command:
        """Import a training command; raise ClickException where a package that it needs lacks."""
        try:
            group = super().load(name)
        except ModuleNotFoundError as error:
            raise click.ClickException(
                f"`heads {name}` needs the package {error.name!r}: "
                "run `make setup-test`, or install torch and trunkline[train,embedder]"
            ) from error
        assert isinstance(group, click.Group)  # noqa: S101 - as the table above says
        return group.commands[name]


@click.group(cls=_Commands, later=_TRAINING)
def main() -> None:
    """Make, judge, promote, list, check and serve small classifier heads."""


for _command in (
    cli.lint,
    cli.test,
    cli.publish,
    cli.remove_role,
    cli.rollback,
    cli.audit,
    cli.switch,
    listing.list_heads,
    listing.show,
    lineage.lineage,
    archive.archive,
):
    main.add_command(_command)


@main.command()
@catalog_option
@click.argument("names", nargs=-1)
@handle_heads_errors
def check(catalog: Catalog, names: tuple[str, ...]) -> None:
    """Load and self-test bundles: NAME, NAME/VERSION or, with neither, everything."""
    broken = 0
    checked = 0
    for key in _bundles(catalog, names):
        checked += 1
        problems = _problems(catalog, key)
        broken += bool(problems)
        click.echo(f"{'FAIL' if problems else 'ok  '} {key}")
        for problem in problems:
            click.echo(f"       {problem}")
    click.echo(f"{checked} checked, {broken} broken")
    if broken or not checked:
        raise SystemExit(1)


@main.command()
def serve() -> None:
    """Serve the heads in production on HEADS_HOST:HEADS_PORT until stopped."""
    try:
        config.load_settings()
    except SettingsError as error:
        report_and_exit("heads", error)
    # In this process's place: signals reach gunicorn, and nothing imported here stays in memory.
    os.execv(  # noqa: S606 - our own interpreter, fixed arguments
        sys.executable,
        [sys.executable, "-m", "gunicorn", "-c", "python:heads.service.gunicorn_conf"],
    )


def _bundles(catalog: Catalog, names: tuple[str, ...]) -> Iterator[str]:
    """Yield the keys of versions (`name/version`) and aliases files, of named heads or of all."""
    for pattern in names or ("*",):
        name, _, version = pattern.partition("/")
        if version:
            yield pattern
            continue
        versions = sorted(key.rpartition("/")[0] for key in catalog.stamps(f"{name}/*/head.toml"))
        yield from versions
        yield from sorted({f"{key.partition('/')[0]}/{aliases.FILE}" for key in versions})


def _problems(catalog: Catalog, key: str) -> tuple[str, ...]:
    name, _, version = key.partition("/")
    try:
        if version == aliases.FILE:
            return _alias_problems(catalog, name)
        head_of(read(catalog, name, version))
    except BundleError as error:
        return error.problems
    except AliasError as error:
        return (str(error),)
    return ()


def _alias_problems(catalog: Catalog, name: str) -> tuple[str, ...]:
    roles, tag = aliases.read(catalog, name)
    if not tag:
        return ("missing: no version of this head is in production",)
    problems = []
    for role in aliases.ROLES:
        version = roles.version(role)
        if version is None:
            continue
        try:
            content = aliases.content(catalog, name, version)
        except AliasError:
            problems.append(f"{role} is {version}, which does not exist")
            continue
        if roles.digests.get(version, content) != content:
            problems.append(f"{role} is {version}, which has changed since it was given the role")
    return tuple(problems)


if __name__ == "__main__":
    main()
