"""Writes a bundle's metrics.json and model card, and the table of `heads evaluate`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from heads.training.data.dataset import MACHINE_MADE
from heads.training.data.taxonomy import Task
from heads.training.evaluation.trust_tables import trust_section
from heads.training.fitting.recipe import recipe_of

_DIGITS = 4
_SPLITS = {
    "author": "held-out authors",
    "source": "held-out writers (source files)",
    "random": "random split",
    "given": "the given file",
}


def pack_metrics(facts: Mapping[str, Any]) -> bytes:
    """Write metrics.json: numbers rounded, the curves' points left out, as pictures show them."""
    return (json.dumps(_rounded(facts), indent=1, ensure_ascii=False) + "\n").encode()


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items() if key != "curves"}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(value, _DIGITS) if isinstance(value, float) and abs(value) > 1e-3 else value


def evaluation_table(evaluation: Mapping[str, Any]) -> list[str]:
    """Return lines of a Markdown table: one row per split, the honest one first."""
    lines = [
        "| split | rows | macro-F1 (95 %) | weighted F1 | accuracy (lenient) | ECE "
        "| answered: accuracy at coverage | coverage at 0.90 accuracy |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for split, figures in evaluation.items():
        name = _SPLITS.get(split, split)
        lines.append(_figures_row(name, figures))
        for language, its in figures.get("languages", {}).items():
            lines.append(_figures_row(f"{name}, rows in {language or 'no named language'}", its))
    return lines


def _figures_row(name: str, figures: Mapping[str, Any]) -> str:
    if "exact_match" in figures:
        return (
            f"| {name} | {figures['rows']} | {figures['macro_f1']:.3f} | "
            f"| exact {figures['exact_match']:.3f} | {figures['ece']:.3f} | | |"
        )
    low, high = figures["macro_f1_interval"]
    return (
        f"| {name} | {figures['rows']} | {figures['macro_f1']:.3f} ({low:.3f}-{high:.3f})"
        f" | {figures['weighted_f1']:.3f}"
        f" | {figures['accuracy']:.3f} ({figures['lenient_accuracy']:.3f})"
        f" | {figures['ece']:.3f}"
        f" | {figures['answered_accuracy']:.3f} at {figures['coverage']:.2f}"
        f" | {figures['coverage_at_0.90_accuracy']:.2f} |"
    )


def label_table(figures: Mapping[str, Any]) -> list[str]:
    """Return lines of a Markdown table: one row per label of one split."""
    lines = [
        "| label | precision | recall | F1 (95 %) | rows | decided | precision when decided |",
        "|---|---|---|---|---|---|---|",
    ]
    for label, score in figures["labels"].items():
        interval = score.get("f1_interval")
        between = f" ({interval[0]:.2f}-{interval[1]:.2f})" if interval else ""
        decided = f"{score['decided']} | {score['decided_precision']:.3f}" if interval else " | "
        lines.append(
            f"| {label} | {score['precision']:.3f} | {score['recall']:.3f}"
            f" | {score['f1']:.3f}{between} | {score['support']} | {decided} |"
        )
    return lines


def model_card(task: Task, facts: Mapping[str, Any]) -> str:
    """Write README.md of a bundle."""
    evaluation = facts["evaluation"]
    first = next(iter(evaluation))
    parent = (
        f" Asked only under {task.parent_head} = {task.parent_label}." if task.parent_head else ""
    )
    lines = [
        f"# {task.name}, version {facts['version']}",
        "",
        f"{task.description}{parent} Kind: {task.kind}. Labels: {', '.join(task.labels)}.",
        "",
        *_making(task, facts),
        "",
        "## How good it is",
        "",
        *_measured(evaluation),
        "",
        *evaluation_table(evaluation),
        "",
        *_by_label(evaluation, first),
        *_limits_of_use(facts),
        "![confusion](confusion.png)",
        "![reliability](reliability.png)",
        "![risk and coverage](risk_coverage.png)",
        "",
        "## Limits",
        "",
        "Class shares in the training data are not those of real mail, so thresholds should be",
        f"re-chosen on labelled mail of your own. {_languages(facts)}; others are untested.",
        "Commands: `heads train`, `heads evaluate`, `heads recalibrate`.",
        "",
    ]
    if "confusion" not in evaluation[first]:
        lines = [line for line in lines if not line.startswith("![confusion]")]
    return "\n".join(lines)


def _measured(evaluation: Mapping[str, Any]) -> list[str]:
    """Return how the rows were scored, and what the figures do not promise."""
    if evaluation.keys() == {"random"}:
        return [
            "Every row below was scored by members, calibration and thresholds that had not seen "
            "it. No author",
            "is named in the rows, so that no writer was held out: expect less of writers that it "
            "has not met.",
        ]
    return [
        "Every row below was scored by members, calibration and thresholds that had not seen its",
        "group. The gap between the splits is the message: expect the lowest row on your own mail.",
    ]


def _by_label(evaluation: Mapping[str, Any], split: str) -> list[str]:
    """Return the labels' figures of the split, and what is promised of labels."""
    title = f"By label, {_SPLITS.get(split, split)}:"
    return [title, "", *label_table(evaluation[split]), "", *trust_section(evaluation)]


def _languages(facts: Mapping[str, Any]) -> str:
    named = [name for name in facts.get("languages", {"en": None}) if name]
    return f"Languages of the rows: {', '.join(named) or 'not named'}"


def _by_machine(rows: int) -> str:
    """Say how many rows no person labelled."""
    return f" {rows} of them were labelled by a machine, and judge nothing." if rows else ""


def _making(task: Task, facts: Mapping[str, Any]) -> list[str]:
    recipe = recipe_of(json.loads(json.dumps(facts["recipe"])))
    members = ", ".join(member.name for member in recipe.members)
    counts = ", ".join(f"{label} {count}" for label, count in facts["labels"].items())
    limits = ", ".join(f"{label} {value:.2f}" for label, value in facts["thresholds"].items())
    return [
        "## How it was made",
        "",
        f"- Learnt from {facts['rows']} rows ({counts}); data {facts['data_sha256']}."
        + _by_machine(facts.get(MACHINE_MADE, 0)),
        _encoder(facts),
        f"- Members averaged: {members}. Class weighting in the loss: {recipe.weighting}.",
        *_searched(facts.get("training")),
        f"- Thresholds: {limits}. {_policy(task)}",
        *_recalibrated(facts.get("recalibrated")),
    ]


def _searched(training: Mapping[str, Any] | None) -> list[str]:
    """Return how the recipe was searched; nothing for one that was not."""
    settings = ((training or {}).get("order") or {}).get("settings") or {}
    search = settings.get("search") or {}
    if not {"tried", "log_loss", "usual_log_loss"} <= search.keys():  # written by hand
        return []
    return [
        f"- Its strengths, widths and weighting are the best of {search['tried']} that "
        f"`heads search` tried: log-loss {search['log_loss']:.4f}, by the usual ones "
        f"{search['usual_log_loss']:.4f}, both on the rows that chose it: too good for it.",
    ]


def _encoder(facts: Mapping[str, Any]) -> str:
    """Return which encoder was learnt on, and how it came to be as far as the bundle records it.

    Bundles before the record held `encoder_tuned`, which was false wherever no rows were found.
    """
    record = facts.get("encoder_record")
    named = f"{facts['encoder']} ({facts['runtime']})"
    if record is None:
        return f"- Encoder {named}{', tuned' * bool(facts.get('encoder_tuned'))}."
    named = f"- Encoder {record['model_id']}, {named}"
    if record["origin"] == "frozen":
        return f"{named}, frozen."
    if record["origin"] == "unknown":
        return f"{named}, whose folder does not tell what it was tuned on, if on anything."
    if not record["rows"]:
        return f"{named}, tuned on rows that its folder does not list."
    known = record["rows_of_these"]
    tuned = f"{named}, tuned on {record['rows']} rows, {known} of those above among them"
    if not known:
        return f"{tuned}."
    if record["judged_by_others"]:
        return f"{tuned}; figures and thresholds are by others, tuned without the row's writer."
    return f"{tuned}: figures and thresholds are too good for it."


def _recalibrated(record: Mapping[str, Any] | None) -> list[str]:
    """Return what a version was recalibrated on; nothing for one that was not."""
    if record is None:
        return []
    counts = ", ".join(f"{label} {count}" for label, count in record["labels"].items())
    before, after = (
        f"{its['answered_accuracy']:.3f} at coverage {its['coverage']:.2f}, ECE {its['ece']:.3f}"
        for its in (record["held_out"]["before"], record["held_out"]["after"])
    )
    kept = ", ".join(record["kept"]) or "none"
    return [
        f"- Recalibrated from version {record['of_version']}, weights untouched, on "
        f"{record['rows']} other rows ({counts}; data {record['data_sha256']}).",
        f"  Accuracy of what is answered: before {before}; after, each row held out, {after}.",
        f"  Thresholds kept for want of rows: {kept}. The figures below are of version "
        f"{record['of_version']}.",
    ]


def _limits_of_use(facts: Mapping[str, Any]) -> list[str]:
    return [*_opt_out(facts.get("opt_out")), *_unlike(facts.get("unlike"))]


def _opt_out(chosen: Mapping[str, Any] | None) -> list[str]:
    """Return the section on the [opt_out] table; nothing for a bundle without one."""
    if chosen is None:
        return []
    limits, held_out = chosen["thresholds"], chosen["held_out_writers"]
    return [
        "## Opt-outs",
        "",
        f"A machine may act from {limits['yes']:.4f} on, a person looks from "
        f"{limits['review']:.4f} on. Aim: precision of yes",
        f"{chosen['yes_precision']:.2f}, recall of yes and review {chosen['recall']:.2f}. On "
        f"writers that neither members nor calibration nor thresholds",
        f"had seen: yes for {held_out['yes_share']:.1%} of rows at precision "
        f"{held_out['yes_precision']:.3f} and recall {held_out['yes_recall']:.3f}; review for "
        f"{held_out['review_share']:.1%}; recall of both {held_out['recall']:.3f}.",
        "Command: `heads opt-out-thresholds`.",
        "",
    ]


def _unlike(learnt: Mapping[str, Any] | None) -> list[str]:
    """Return the section on the [unlike] table; nothing for a bundle without one."""
    if learnt is None:
        return []
    costs = ", ".join(
        f"{share:.1%} ({_SPLITS.get(split, split)})" for split, share in learnt["held_out"].items()
    )
    return [
        "## Unlike anything learnt",
        "",
        f"Texts at a distance over {learnt['limit']:.4f} are abstained from, whatever their scores."
        f" Rows lost by it: {costs or 'not measured'}.",
        "The figures above are without it. Command: `heads unlike`.",
        "",
    ]


def _policy(task: Task) -> str:
    policy = task.policy
    if policy.recall_of_yes is not None:
        return (
            f"Yes from the highest threshold with out-of-fold recall >= {policy.recall_of_yes:.2f}."
        )
    never = "".join(
        f" Raised until {decided} is decided for at most one in a thousand of {truth}."
        for decided, truth in policy.protected
    )
    others = "".join(f", {label} {target:.2f}" for label, target in policy.precisions)
    return f"Lowest with out-of-fold precision >= {policy.precision:.2f}{others}.{never}"
