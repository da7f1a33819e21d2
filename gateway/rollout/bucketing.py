"""Decides which mails belong to a share of all: always the same ones, in every process."""

import hashlib
from functools import lru_cache


def in_share(purpose: str, key: bytes, share: float) -> bool:
    """Whether `key` is in this purpose's `share` (0: none, 1: all).

    A pure function of its arguments: every worker and every retry gives the same answer, a
    larger share only adds members, and two purposes choose independently.
    """
    if share <= 0:
        return False
    if share >= 1:
        return True
    digest = hashlib.blake2b(key, digest_size=8, person=_person(purpose)).digest()
    return int.from_bytes(digest, "big") < share * 2**64


@lru_cache(maxsize=2048)
def _person(purpose: str) -> bytes:
    return hashlib.blake2b(purpose.encode(), digest_size=16).digest()
