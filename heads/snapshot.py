"""The immutable set of heads that one request is answered with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from heads.head import Head
from heads.prediction import HeadInfo, HeadSet
from heads.stack import Stack

MAX_CHOICES = 64
"""Answers of `positions` that are kept; callers ask for few different choices of heads."""


Ref = tuple[str, str]
"""A head's name and the version it is pinned to ("" = production)."""
Refs = tuple[Ref, ...]


@dataclass(frozen=True)
class Entry:
    """One head of the catalog: what serves (None if nothing does) and why a version was refused."""

    name: str
    head: Head | None
    refused_version: str = ""
    error: str = ""

    def info(self) -> HeadInfo:
        """As callers see it."""
        if self.head is not None:
            return self.head.info(self.error)
        return HeadInfo(
            self.name,
            self.refused_version,
            "",
            (),
            (),
            False,
            None,
            None,
            "",
            "failed",
            self.error,
            "",
        )


class Snapshot:
    """Heads in production at one moment, stacked; positions index `stack`."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = MappingProxyType(dict(sorted(entries.items())))
        heads = [entry.head for entry in self.entries.values() if entry.head is not None]
        self.stack = Stack(heads)
        self._positions = {head.name: place for place, head in enumerate(heads)}
        self.head_set = HeadSet(
            _generation(self.entries),
            MappingProxyType({name: entry.info() for name, entry in self.entries.items()}),
        )
        self._choices: dict[tuple[Refs, str], tuple[int, ...] | None] = {}

    @property
    def refused(self) -> Mapping[str, str]:
        """Head name -> why its wanted version is not served."""
        return {name: entry.error for name, entry in self.entries.items() if entry.error}

    def position(self, name: str, version: str) -> int | None:
        """Where the head stands in `stack`, if served in this version ("" = any)."""
        place = self._positions.get(name)
        if place is None or version not in ("", self.stack.heads[place].version):
            return None
        return place

    def positions(self, refs: Refs, fingerprint: str) -> tuple[int, ...] | None:
        """Where distinct refs stand, if all are served here and made for this encoder."""
        key = (refs, fingerprint)
        if key not in self._choices:
            if len(self._choices) >= MAX_CHOICES:
                self._choices = {}
            self._choices[key] = self._find(refs, fingerprint)
        return self._choices.get(key)

    def _find(self, refs: Refs, fingerprint: str) -> tuple[int, ...] | None:
        found = [self.position(*ref) for ref in refs]
        known = tuple(place for place in found if place is not None)
        prints = {self.stack.heads[place].manifest.fingerprint for place in known}
        whole = len(set(known)) == len(refs) and prints <= {fingerprint}
        return known if whole else None


def _generation(entries: Mapping[str, Entry]) -> int:
    """63 bits over what serves and what was refused: equal content, equal number."""
    digest = hashlib.blake2b(digest_size=8)
    for entry in entries.values():
        served = entry.head.digest if entry.head else ""
        digest.update(f"{entry.name}\0{served}\0{entry.refused_version}\n".encode())
    return int.from_bytes(digest.digest(), "big") >> 1 or 1
