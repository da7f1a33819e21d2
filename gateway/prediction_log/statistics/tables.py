"""The tables of a report as rows of text."""

from gateway.prediction_log.statistics.answer import Statistics
from gateway.prediction_log.statistics.intervals import Difference, Proportion
from gateway.prediction_log.statistics.versions import HeadFigures

_SURE = 0.05
Row = tuple[str, ...]


def percent(share: Proportion | None) -> str:
    """Return a share with its interval as text."""
    if share is None or share.share is None or share.low is None or share.high is None:
        return "-"
    return f"{share.share:.1%} ({share.low:.1%}-{share.high:.1%})"


def points(difference: Difference | None, *, plain: bool = False) -> str:
    """Return a difference of shares in percentage points, or of means as it is, as text."""
    if difference is None:
        return "-"
    by, digits = (1, 3) if plain else (100, 1)
    values = (difference.value * by, difference.low * by, difference.high * by)
    value, low, high = (f"{each:+.{digits}f}" for each in values)
    return f"{value} ({low} to {high})"


def p_value(p: float | None) -> str:
    """Return a p value as text; too few rows have none."""
    return "too few" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def version_rows(head: HeadFigures) -> list[Row]:
    """Return a row for each version: answers, abstentions, accuracies."""
    return [
        (
            each.version,
            f"{each.volume:,}",
            percent(each.abstained),
            f"{each.expected_accuracy.value:.1%}" if each.expected_accuracy else "-",
            f"{each.feedback.judged:,}",
            percent(each.feedback.right),
        )
        for each in head.versions
    ]


def label_rows(head: HeadFigures) -> list[Row]:
    """Return a row for each label of each version."""
    return [
        (
            label,
            each.version,
            f"{figures.answers.rows:,}",
            percent(figures.answers),
            f"{figures.acted:,}",
            f"{figures.mean_probability:.3f}",
        )
        for each in head.versions
        for label, figures in each.labels.items()
    ]


def difference_rows(head: HeadFigures) -> list[Row]:
    """Return what is compared of two versions, by how much they differ, and p."""
    comparison = head.comparison
    if comparison is None:
        return []
    shares = {
        "abstained, points": comparison.abstained,
        "right of corrected, points": comparison.right,
        "right of those acted on, points": comparison.right_of_acted,
    }
    mean = comparison.mean_probability
    return [
        *((name, points(each), p_value(each.p_value)) for name, each in shares.items() if each),
        *([("mean probability", points(mean, plain=True), p_value(mean.p_value))] if mean else []),
        ("label mix", "-", p_value(comparison.label_mix_p_value)),
    ]


def tag_rows(answer: Statistics) -> list[Row]:
    """Return a row for each value of a tag: replies, and the share of each intent."""
    return [
        (
            group.value or "(the rarest)",
            f"{group.volume:,}",
            *(percent(figures.replies) for figures in group.intents.values()),
        )
        for group in answer.tag_groups
    ]


def tag_tests(answer: Statistics) -> list[Row]:
    """Return where a value differs from the others by more than chance, or a row that none does."""
    rows: list[Row] = [
        (group.value or "(the rarest)", intent, points(difference), p_value(difference.p_value))
        for group in answer.tag_groups
        for intent, figures in group.intents.items()
        if (difference := figures.against_others) is not None
        and difference.p_value is not None
        and difference.p_value < _SURE
    ]
    return rows or [("none differs", "", "", "")]
