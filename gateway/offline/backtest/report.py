"""Writes a backtest for people, as Markdown; words stand in it only where they are handed in."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.offline.backtest.tally import Tally

Json = Mapping[str, Any]
_MOST_MOVES = 20


def report(figures: Json, tally: Tally, words: Mapping[str, str] | None = None) -> str:
    """Return the report; `words` are texts by prediction, shown beside the examples' ids."""
    parts = (_summary(figures), _labels(figures), _feedback(figures), _moves(figures, tally, words))
    return "\n\n".join("\n".join(lines) for part in parts if (lines := list(part))) + "\n"


def _summary(figures: Json) -> Iterator[str]:
    yield f"# Backtest of {figures['head']} {figures['version']}"
    yield ""
    tenants = figures["tenants"]
    whose = "all tenants" if tenants is None else ", ".join(map(_plain, tenants))
    yield f"Answers from {figures['since']} to {figures['until']}, {whose}."
    yield ""
    anew = "words encoded anew" if figures["encoded_anew"] else "stored vectors"
    by = ", ".join(f"{version} ({rows:,})" for version, rows in figures["answered_by"].items())
    yield f"* {figures['answers']:,} answers, {figures['scored']:,} of them compared from {anew}"
    yield (
        f"* left out: {figures['not_kept']:,} of which too little is kept, "
        f"{figures['unreadable']:,} that cannot be read"
    )
    yield f"* they were answered by {by or 'none'}"
    yield f"* **decided otherwise: {_share(figures['otherwise'])}**"


def _labels(figures: Json) -> Iterator[str]:
    if not figures["scored"]:
        return
    yield "## What is decided"
    yield ""
    yield "| label | was | would be | difference |"
    yield "|---|---|---|---|"
    for label, mix in figures["labels"].items():
        was, would = mix["old"]["share"], mix["new"]["share"]
        yield f"| {_plain(label)} | {was:.1%} | {would:.1%} | {_difference(mix['difference'])} |"


def _feedback(figures: Json) -> Iterator[str]:
    yield "## Beside what people corrected or confirmed"
    yield ""
    if not figures["feedback"]:
        yield f"No correction of these answers.{_left_out(figures)}"
        return
    yield "| answered by | rows | was right | would be right | difference | acted on and wrong |"
    yield "|---|---|---|---|---|---|"
    for version, own in figures["feedback"].items():
        wrong = own["acted_wrong"]
        yield (
            f"| {version} | {own['rows']:,} | {_share(own['old'])} | {_share(own['new'])} "
            f"| {_difference(own['difference'])} "
            f"| {_share(wrong['old'])}, then {_share(wrong['new'])} |"
        )
    yield ""
    bias = (
        "People correct what they find wrong, and annotators are given what heads doubt: the "
        "figures compare, and are no accuracy of all."
    )
    yield f"{bias}{_left_out(figures)}"


def _left_out(figures: Json) -> str:
    disputed, exported = figures["disputed"], figures["exported"]
    if not disputed and not exported:
        return ""
    return (
        f" Left out: {disputed:,} on which people disagree, {exported:,} that became training rows."
    )


def _moves(figures: Json, tally: Tally, words: Mapping[str, str] | None) -> Iterator[str]:
    yield "## What would be decided otherwise"
    yield ""
    for move in figures["moves"][:_MOST_MOVES]:
        yield f"* {move['rows']:,}: {_plain(move['from'])} -> {_plain(move['to'])}"
        for which in tally.examples.get((move["from"], move["to"]), ()):
            text = (words or {}).get(which)
            yield f"    * {which}" + ("" if text is None else f": {_plain(text)}")
    rest = figures["moves"][_MOST_MOVES:]
    if rest:
        yield f"* {sum(move['rows'] for move in rest):,}: {len(rest)} other moves"
    if not figures["moves"]:
        yield "Nothing."


def _share(share: Json) -> str:
    if share["share"] is None:
        return "none"
    return f"{share['share']:.1%} ({share['low']:.1%} to {share['high']:.1%})"


def _difference(difference: Json | None) -> str:
    if difference is None:
        return "none"
    value, low, high = (100 * difference[name] for name in ("value", "low", "high"))
    return f"{value:+.1f} points ({low:+.1f} to {high:+.1f})"


def _plain(text: str) -> str:
    """Return a text on one line, without what Markdown or HTML would take for its own."""
    flat = " ".join(text.split())[:300]
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#" else c for c in flat)
