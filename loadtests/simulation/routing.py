"""Which replica gets a text: in turn, the least busy one, or the one that its hash names."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Literal, Protocol

Policy = Literal["in turn", "least busy", "hash"]
POLICIES: Final[tuple[Policy, ...]] = ("in turn", "least busy", "hash")
_POINTS: Final = 128  # of each replica on the ring
_LOAD_BOUND: Final = 1.25


class Router(Protocol):
    """Chooses a replica by the text's key and how many calls each replica owes."""

    def choose(self, key: int, outstanding: Sequence[int]) -> int:
        """Return the index of the replica that gets the text."""
        ...


def router(policy: Policy, replicas: int) -> Router:
    """Return a router of this policy over so many replicas."""
    match policy:
        case "in turn":
            return _InTurn(replicas)
        case "least busy":
            return _LeastBusy(replicas)
        case "hash":
            return _BoundedHash(replicas)


class _InTurn:
    def __init__(self, replicas: int) -> None:
        self._replicas = replicas
        self._next = -1

    def choose(self, key: int, outstanding: Sequence[int]) -> int:
        """See `Router.choose`."""
        self._next = (self._next + 1) % self._replicas
        return self._next


class _LeastBusy:
    """Fewest calls outstanding, in turn among equals, as the gateway's client chooses."""

    def __init__(self, replicas: int) -> None:
        self._turn = _InTurn(replicas)

    def choose(self, key: int, outstanding: Sequence[int]) -> int:
        """See `Router.choose`."""
        first, least = self._turn.choose(key, outstanding), min(outstanding)
        count = len(outstanding)
        return next(
            n % count for n in range(first, first + count) if outstanding[n % count] == least
        )


class _BoundedHash:
    """Consistent hashing where no replica owes more than 1.25 times the mean.

    V. Mirrokni, M. Thorup, M. Zadimoghaddam, Consistent Hashing with Bounded Loads, 2016.
    """

    def __init__(self, replicas: int) -> None:
        points = sorted(
            (_hash(f"{replica}/{point}"), replica)
            for replica in range(replicas)
            for point in range(_POINTS)
        )
        self._hashes = [point for point, _ in points]
        self._owners = [replica for _, replica in points]

    def choose(self, key: int, outstanding: Sequence[int]) -> int:
        """See `Router.choose`."""
        bound = math.ceil(_LOAD_BOUND * (sum(outstanding) + 1) / len(outstanding))
        first = bisect_left(self._hashes, _hash(str(key)))
        for step in range(len(self._owners)):
            owner = self._owners[(first + step) % len(self._owners)]
            if outstanding[owner] < bound:
                return owner
        raise AssertionError("one replica owes no more than the mean")


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
