"""Counts a corpus against what was planned: classes, traps, lengths, languages, shapes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from heads.training.data.tables import Record
from heads.training.data.taxonomy import CONDITIONAL_FIELDS, INTENTS

# Planned rows of a class (of ~2,000) and planned shares of lengths in words.
INTENT_QUOTA = 250
REASON_QUOTA = 60
TRAP_SHARE = 0.15
LENGTHS = (("<= 5 words", 5, 0.25), ("6-40 words", 40, 0.50), ("41-120 words", 120, 0.20))
LONGER_SHARE = 0.05

_QUOTE = re.compile(r"(?m)^\s*>|^On .{5,80} wrote:|^-{2,} ?Original|^From: ")
_SIGNATURE = re.compile(
    r"(?mi)^(--\s*$|(best|kind|warm|many thanks|regards|cheers|thanks|br)\b[^\n]{0,20}\n\S)"
)


def quota_report(rows: Sequence[Record]) -> list[str]:
    """Return lines of a plain table: counts beside what was planned."""
    fields = [row.fields for row in rows]
    total = max(len(fields), 1)
    authors = {str(row.get("author")) for row in fields}
    files = {row.path for row in rows}
    lines = [f"rows {len(fields)}, authors {len(authors)}, files {len(files)}"]
    for intent in INTENTS:
        of_intent = [row for row in fields if row.get("intent") == intent]
        traps = sum(bool(row.get("trap")) for row in of_intent) / max(len(of_intent), 1)
        lines.append(
            f"intent {intent:<14} {len(of_intent):5d} (planned {INTENT_QUOTA})"
            f"   traps {traps:4.0%} (planned {TRAP_SHARE:.0%})"
        )
    for parent, (name, labels) in CONDITIONAL_FIELDS.items():
        counts = Counter(row.get(name) for row in fields if row.get("intent") == parent)
        planned = f" (planned {REASON_QUOTA})" if name == "objection_reason" else ""
        lines += [f"{name} {label:<18} {counts[label]:5d}{planned}" for label in labels]
    for name in ("has_referral", "has_opt_out"):
        lines.append(f"{name} yes {sum(row.get(name) is True for row in fields):5d}")
    lines += _shapes([str(row.get("text", "")) for row in fields], total)
    languages = Counter(str(row.get("lang")) for row in fields)
    lines.append("languages " + ", ".join(f"{k} {v}" for k, v in languages.most_common()))
    return lines


def _shapes(texts: Sequence[str], total: int) -> list[str]:
    words = [len(text.split()) for text in texts]
    lines, low = [], 0
    for name, high, share in LENGTHS:
        got = sum(low < count <= high for count in words) / total
        lines.append(f"length {name:<14} {got:5.0%} (planned {share:.0%})")
        low = high
    longer = sum(count > low for count in words) / total
    lines.append(f"length > {low} words   {longer:5.0%} (planned {LONGER_SHARE:.0%})")
    signed = sum(bool(_SIGNATURE.search(text)) for text in texts) / total
    quoted = sum(bool(_QUOTE.search(text)) for text in texts) / total
    return [*lines, f"signed about {signed:.0%}, quoting about {quoted:.0%}"]
