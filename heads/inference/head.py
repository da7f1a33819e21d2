"""One head: its manifest and its weights, checked against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heads.errors import BundleError
from heads.inference.lexical import LexicalConfig
from heads.inference.members import MemberWeights, Shape
from heads.manifest import MAX_LABELS, Lexical, Manifest, Member
from heads.prediction import HeadInfo

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Head:
    """Immutable, thread-safe. `digest` covers the manifest and, through it, every file.

    `unlike` is the linear map of the table of that name, None without one.
    """

    manifest: Manifest
    members: tuple[MemberWeights, ...]
    digest: str
    unlike: MemberWeights | None = None

    @classmethod
    def build(cls, manifest: Manifest, tensors: Mapping[str, Floats], digest: str = "") -> Head:
        """Build a head from arrays. Raises BundleError for missing, extra or misshapen tensors."""
        location = f"{manifest.name}/{manifest.version}"
        reader = _Tensors(manifest, tensors)
        members = tuple(
            reader.member(index, member) for index, member in enumerate(manifest.members)
        )
        unlike = reader.unlike()
        if problems := reader.finish():
            raise BundleError(location, problems)
        given = tuple(member for member in members if member is not None)
        return cls(manifest, given, digest, unlike)

    @property
    def name(self) -> str:
        """Return the head's name, as its folder's parent is called."""
        return self.manifest.name

    @property
    def version(self) -> str:
        """Return the bundle's version, as its folder is called."""
        return self.manifest.version

    @property
    def maps(self) -> tuple[MemberWeights, ...]:
        """Return all that a stack computes: the members, and after them the map of `unlike`."""
        return self.members if self.unlike is None else (*self.members, self.unlike)

    @property
    def memory_bytes(self) -> int:
        """Count what the weights take in a worker, as float32."""
        arrays = {id(array): array for member in self.maps for array in member.arrays}
        return sum(array.nbytes for array in arrays.values())

    def info(self, error: str = "", share: float = 1.0) -> HeadInfo:
        """Describe the head to callers; `error` tells of a refused newer version."""
        manifest = self.manifest
        parent = manifest.depends_on
        return HeadInfo(
            name=manifest.name,
            version=manifest.version,
            kind=manifest.kind,
            labels=manifest.labels,
            views=manifest.views,
            lexical=manifest.lexical is not None,
            parent_head=parent.head if parent else None,
            parent_label=parent.label if parent else None,
            fingerprint=manifest.fingerprint,
            status="serving",
            error=error,
            description=manifest.description,
            share=share,
            bounds=manifest.bounds,
            opt_out=manifest.opt_out,
            default=manifest.default,
        )


class _Tensors:
    """Takes tensors by name and notes what is missing, misshapen, not finite or left over."""

    def __init__(self, manifest: Manifest, tensors: Mapping[str, Floats]) -> None:
        self._manifest = manifest
        self._left = dict(tensors)
        self._problems: list[str] = []
        self._dim = self._find_dim(tensors)
        lexical = manifest.lexical
        self._buckets = lexical.buckets if lexical else 0
        uses_idf = lexical is not None and lexical.idf
        self._idf = self._take("lexical.idf", (self._buckets,)) if uses_idf else None

    def _find_dim(self, tensors: Mapping[str, Floats]) -> int:
        """Return the size of a view: the rows of the first member's weights, its buckets off."""
        lexical = self._manifest.lexical
        for index, member in enumerate(self._manifest.members):
            first = tensors.get(f"m{index}.w0")
            if member.views and first is not None and first.ndim == 2:
                buckets = lexical.buckets if member.lexical and lexical else 0
                return max((int(first.shape[0]) - buckets) // len(member.views), 0)
        return 0

    def member(self, index: int, member: Member) -> MemberWeights | None:
        """Return member `index`'s weights, or None where something was wrong."""
        manifest = self._manifest
        columns = len(manifest.columns)
        width = member.hidden or columns
        dense = len(member.views) * self._dim
        first = self._take(f"m{index}.w0", (dense + self._buckets * member.lexical, width))
        bias = self._take(f"m{index}.b0", (width,))
        out = self._take(f"m{index}.w1", (member.hidden, columns)) if member.hidden else None
        out_bias = self._take(f"m{index}.b1", (columns,)) if member.hidden else None
        if first is None or bias is None or self._problems:
            return None
        lexical = _lexical_config(manifest.lexical) if member.lexical else None
        return MemberWeights(
            shape=Shape(
                views=member.views,
                normalise=member.normalise,
                hidden=member.hidden,
                lexical=lexical,
                dim=self._dim if member.views else 0,
            ),
            dense=first[:dense] if dense else None,
            text=self._weighed(first[dense:]) if member.lexical else None,
            bias=bias,
            out=out,
            out_bias=out_bias,
            idf=self._idf if member.lexical else None,
        )

    def unlike(self) -> MemberWeights | None:
        """Return the map of [unlike], or None without the table or where something was wrong."""
        table = self._manifest.unlike
        if table is None:
            return None
        width = self._width("unlike.b0", table.rank)
        weights = self._take("unlike.w0", (len(table.views) * self._dim, width))
        bias = self._take("unlike.b0", (width,))
        if weights is None or bias is None:
            return None
        shape = Shape(table.views, "l2", hidden=0, lexical=None, dim=self._dim)
        return MemberWeights(shape, weights, None, bias, None, None, None)

    def _width(self, name: str, rank: int) -> int:
        """Return the columns of a map: those of its bias, at least one beyond its rank."""
        bias = self._left.get(name)
        most = rank + MAX_LABELS
        return min(max(bias.size if bias is not None else 0, rank + 1), most)

    def _weighed(self, text: Floats) -> Floats:
        return text if self._idf is None else text * self._idf[:, None]

    def _take(self, name: str, shape: tuple[int, ...]) -> Floats | None:
        array = self._left.pop(name, None)
        if array is None:
            self._problems.append(f"weights.safetensors: {name} is missing")
        elif array.shape != shape:
            self._problems.append(
                f"weights.safetensors: {name} must be {shape} by head.toml, is {array.shape}"
            )
        elif not np.isfinite(array).all():
            self._problems.append(f"weights.safetensors: {name} holds NaN or infinity")
        else:
            return np.ascontiguousarray(array, dtype=np.float32)
        return None

    def finish(self) -> list[str]:
        """Return every problem, tensors that no member took included."""
        extra = [f"weights.safetensors: {name} is not in head.toml" for name in sorted(self._left)]
        return self._problems + extra


def _lexical_config(table: Lexical | None) -> LexicalConfig | None:
    """Return the part of [lexical] that decides a text's features, None without the table."""
    if table is None:
        return None
    return LexicalConfig(table.buckets, table.word_ngrams, table.char_ngrams, table.lowercase)
