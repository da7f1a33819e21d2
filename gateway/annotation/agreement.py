"""How far annotators agree beyond chance: Cohen's kappa of a head, over texts that two labelled."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True)
class Vote:
    """What one annotator held one head of a text to be."""

    item_id: str
    head: str
    label: str
    by: str


@dataclass(frozen=True)
class Agreement:
    """Two annotators on one head: `kappa` is None where chance alone agrees always."""

    head: str
    annotators: tuple[str, str]
    texts: int
    agreed: float
    kappa: float | None


def agreements(votes: Iterable[Vote]) -> list[Agreement]:
    """Return the agreement of each pair of annotators on each head that both labelled texts of."""
    by_head: dict[str, dict[str, dict[str, str]]] = {}
    for vote in votes:
        of_annotator = by_head.setdefault(vote.head, {}).setdefault(vote.by, {})
        of_annotator[vote.item_id] = vote.label
    found: list[Agreement] = []
    for head, by_annotator in sorted(by_head.items()):
        for first, second in combinations(sorted(by_annotator), 2):
            pairs = _pairs(by_annotator[first], by_annotator[second])
            if pairs:
                agreed, kappa = cohens_kappa(pairs)
                found.append(Agreement(head, (first, second), len(pairs), agreed, kappa))
    return found


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> tuple[float, float | None]:
    """Return the share of equal pairs, and how far that is above chance (Cohen 1960)."""
    count = len(pairs)
    agreed = sum(first == second for first, second in pairs) / count
    firsts, seconds = (Counter(labels) for labels in zip(*pairs, strict=True))
    by_chance = sum(firsts[label] * seconds[label] for label in firsts) / count**2
    return agreed, None if by_chance >= 1 else (agreed - by_chance) / (1 - by_chance)


def _pairs(first: Mapping[str, str], second: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(first[item], second[item]) for item in sorted(first.keys() & second.keys())]
