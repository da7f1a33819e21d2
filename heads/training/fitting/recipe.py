"""Defines a recipe: which members a head has and how they learn; fits into metrics.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from heads.inference.lexical import LexicalConfig
from heads.training.errors import DataError
from heads.training.fitting.fit import Shape

Weighting = Literal["none", "sqrt", "balanced"]

LEXICAL = LexicalConfig(buckets=8192, word_ngrams=(1, 2), char_ngrams=(3, 5))
# Strength of the l2 pull tried: standardised vectors and sparse n-grams live on other scales.
DENSE_L2 = (0.01, 0.03, 0.1)
LEXICAL_L2 = (0.000003, 0.00001, 0.00003)
HIDDEN_UNITS = 32


@dataclass(frozen=True)
class MemberSpec:
    """One member: the views it reads (none: the hashed n-grams), and how it learns."""

    views: tuple[str, ...]
    shape: Shape = field(default_factory=Shape)

    @property
    def lexical(self) -> bool:
        """Whether the member reads hashed n-grams instead of views."""
        return not self.views

    @property
    def name(self) -> str:
        """Return `mean@3+mean@6`, `mean@6 hidden 128` or `lexical`."""
        base = "+".join(self.views) if self.views else "lexical"
        return f"{base} hidden {self.shape.hidden}" if self.shape.hidden else base

    def with_l2(self, l2: float) -> MemberSpec:
        """Return the same member with another pull on its weights."""
        return replace(self, shape=replace(self.shape, l2=l2))


@dataclass(frozen=True)
class Recipe:
    """Members whose probabilities are averaged, and the weight of rare classes in the loss."""

    members: tuple[MemberSpec, ...]
    weighting: Weighting = "none"
    lexical: LexicalConfig = LEXICAL

    @property
    def views(self) -> tuple[str, ...]:
        """Return every view some member reads, in order of first use."""
        return tuple(dict.fromkeys(view for member in self.members for view in member.views))

    @property
    def reads_text(self) -> bool:
        """Whether some member reads hashed n-grams."""
        return any(member.lexical for member in self.members)

    def as_table(self) -> dict[str, Any]:
        """Return plain values for metrics.json; `recipe_of` reads them back."""
        return asdict(self)


def recipe_of(table: Mapping[str, Any]) -> Recipe:
    """Read what `Recipe.as_table` wrote. Raises DataError for anything else."""
    try:
        members = tuple(
            MemberSpec(tuple(member["views"]), Shape(**member["shape"]))
            for member in table["members"]
        )
        ngrams = table["lexical"]
        lexical = LexicalConfig(
            int(ngrams["buckets"]),
            tuple(ngrams["word_ngrams"]),
            tuple(ngrams["char_ngrams"]),
            bool(ngrams["lowercase"]),
        )
        return Recipe(members, table["weighting"], lexical)
    except (KeyError, TypeError) as error:
        raise DataError(f"not a recipe: {error!r}") from error


def parse_members(text: str) -> tuple[MemberSpec, ...]:
    """Parse `mean@3+mean@6;lexical;mean@6/192`: apart by `;`, `/N` for N hidden units."""
    members = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        base, _, hidden = part.partition("/")
        try:
            units = int(hidden or 0)
        except ValueError as error:
            raise DataError(f"{part!r}: {hidden!r} is no number of hidden units") from error
        views = () if base == "lexical" else tuple(base.split("+"))
        members.append(default_member(views, units))
    if not members:
        raise DataError("no member was named")
    return tuple(members)


def members_of(recipe: Recipe) -> str:
    """Write a recipe's members as `parse_members` reads them; strengths are not in it."""
    parts = []
    for member in recipe.members:
        base = "+".join(member.views) or "lexical"
        parts.append(f"{base}/{member.shape.hidden}" if member.shape.hidden else base)
    return ";".join(parts)


def default_member(views: tuple[str, ...], hidden: int = 0) -> MemberSpec:
    """Make a member with the middle of the strengths tried."""
    if hidden:
        return MemberSpec(views, Shape(hidden=hidden, l2=0.1, dropout=0.5))
    return MemberSpec(views, Shape(l2=DENSE_L2[1] if views else LEXICAL_L2[1]))
