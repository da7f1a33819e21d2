"""Take one mail's text apart into zones: the newest words, quote, signature, banner, disclaimer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from gateway.mail.types import MAX_SPLIT_CHARS
from gateway.mail.zones.boilerplate import cut_banner, cut_disclaimer
from gateway.mail.zones.quotes import cut_quotes, is_unmarked_below
from gateway.mail.zones.residue import cut_residue, may_hold_marks, strip_marks
from gateway.mail.zones.signature import STANDARD_DELIMITER, cut_signature, cut_taglines

HEAD_CHARS = 64_000
MAX_LINES = 5_000
_MAX_PASSES = 6
# HTML's quotes carry two marks, those of a mail within a quote as well.
_LONE_MARK = re.compile(r"(?:>|&gt;|＞|[A-Z]{1,3}>) ?(?!>|&gt;|＞)\S[^\n]*")
_Cut = Callable[[Sequence[str]], tuple[list[str], list[str]]]
_CUTS: tuple[tuple[str, _Cut], ...] = (
    ("banner", cut_banner),
    ("quoted", cut_quotes),
    ("tagline", cut_taglines),
    ("residue", cut_residue),
    ("disclaimer", cut_disclaimer),
)
_STAGES = (*(name for name, _ in _CUTS), "signature")


@dataclass(frozen=True)
class Zones:
    """One mail's lines by zone, each joined with LF; `text` is what the author just wrote.

    Of the flags, `picture` says that the mark of a picture was taken out.
    """

    text: str
    signature: str
    quoted: str
    banner: str
    disclaimer: str
    flags: tuple[str, ...]


def newest(text: str, own_names: frozenset[str] = frozenset(), is_quoted: bool = False) -> Zones:
    """Cut `text` (normalised) into zones; idempotent on its result, linear in its length.

    In a text that itself `is_quoted` an attribution at its top introduces no author's words.
    """
    flags: set[str] = set()
    if len(text) > MAX_SPLIT_CHARS:
        text = text[:HEAD_CHARS]
        flags.add("truncated")
    lines = [_trimmed(line) for line in text.split("\n", MAX_LINES)]
    if len(lines) > MAX_LINES:
        lines.pop()
        flags.add("truncated")
    stages = (*_CUTS, ("signature", lambda rest: cut_signature(rest, own_names)))
    lines, marked = _tidy(lines), may_hold_marks(text)
    zones = _settled(lines, stages, flags, marked)
    if zones.quoted and _is_lost(zones, is_quoted):
        return _unquoted(lines, stages, flags | {"kept_quoted"}, marked, is_quoted)
    return zones


def _unquoted(
    lines: list[str],
    stages: Sequence[tuple[str, _Cut]],
    known: Set[str],
    marked: bool,
    is_quoted: bool,
) -> Zones:
    """Split `lines` without cutting a quote, or keep them whole if what is left is one again."""
    others = tuple(stage for stage in stages if stage[0] != "quoted")
    zones = _settled(lines, others, known, marked)
    again = _settled(zones.text.split("\n"), stages, set(), marked)
    if again.text == zones.text or (again.quoted and _is_lost(again, is_quoted)):
        return zones
    return Zones("\n".join(lines), "", "", "", "", tuple(sorted(known)))


def _settled(
    lines: list[str], stages: Sequence[tuple[str, _Cut]], known: Set[str], marked: bool
) -> Zones:
    """Run the stages until nothing more is cut; `marked` says that marks may stand in `lines`."""
    flags = set(known)
    cuts: dict[str, list[str]] = {name: [] for name in _STAGES}
    kept = lines
    settled: dict[str, list[str]] = {"marks": []} if marked else {}
    for _ in range(_MAX_PASSES):
        before = kept
        kept = _one_pass(kept, stages, cuts, flags, settled)
        if kept == before or not kept:
            break
    else:
        # It never comes to rest: somebody built it so. Keeping it whole is the safe reading.
        kept, cuts = lines, {name: [] for name in _STAGES}
        flags.add("unsettled")
    zones = {name: "\n".join(_tidy(cuts[name])) if cuts[name] else "" for name in _STAGES}
    flags.update(name for name in _STAGES if zones[name])
    return Zones(
        text="\n".join(kept),
        signature="\n".join(filter(None, (zones["signature"], zones["tagline"]))),
        quoted=zones["quoted"],
        banner=zones["banner"],
        disclaimer=zones["disclaimer"],
        flags=tuple(sorted(flags)),
    )


def _is_lost(zones: Zones, is_quoted: bool) -> bool:
    """Whether nothing is left but what may be the author's: one marked line, or unmarked words.

    Unmarked words below an attribution that opens the mail may be what its author says of it.
    """
    if zones.text and "kept_signature" not in zones.flags:
        return False
    if _LONE_MARK.fullmatch(zones.quoted) is not None:
        return True
    if zones.text or is_quoted:
        return False
    return is_unmarked_below(zones.quoted.split("\n"))


def _one_pass(
    lines: list[str],
    stages: Sequence[tuple[str, _Cut]],
    cuts: dict[str, list[str]],
    flags: set[str],
    settled: dict[str, list[str]],
) -> list[str]:
    """Run every stage once, but for one that has seen these lines before.

    `settled` holds what each stage saw last; marks are looked for only where it names them.
    """
    kept = lines
    if "marks" in settled and settled["marks"] != kept:
        settled["marks"] = kept
        text, found = strip_marks("\n".join(kept))
        flags |= found
        kept = _tidy(text.split("\n")) if found else kept
    for name, stage in stages:
        if settled.get(name) == kept:
            continue
        settled[name] = kept
        rest, cut = stage(kept)
        if not cut:
            continue
        rest = _tidy(rest)
        if not rest and name != "quoted":
            # A stage that would leave nothing was wrong about what it saw.
            flags.add("kept_" + name)
            continue
        kept = rest
        cuts[name] = cut + cuts[name] if name != "banner" else cuts[name] + cut
    return kept


def _tidy(lines: Sequence[str]) -> list[str]:
    """Leave no blank lines at either end, never two in a row, and no blanks at the very start."""
    tidy: list[str] = []
    for line in lines:
        if line.strip():
            tidy.append(_trimmed(line if tidy else line.lstrip()))
        elif tidy and tidy[-1]:
            tidy.append("")
    while tidy and not tidy[-1]:
        tidy.pop()
    return tidy


def _trimmed(line: str) -> str:
    """Drop the blanks that end a line, but not the one that tells a delimiter from a dash."""
    return line if line == STANDARD_DELIMITER else line.rstrip()
