"""Caches cleaned mails by exact input, for mails delivered again and stock replies."""

import hashlib
import sys
from collections.abc import Callable, Set
from math import inf

from gateway import metrics
from gateway.inference.bounded_cache import BoundedCache
from gateway.inference.cleaning_lane import CleaningLane, nothing
from gateway.inference.deadline import NEVER, Deadline
from gateway.mail import CleanedMail, MailInput, Referral, clean
from gateway.mail.message.parse import MAX_RAW_BYTES

_OBJECT_BYTES = 300  # a person with five short strings, their headers included
_ENTRY_BYTES = 1_300  # objects and links of one entry beside its strings; measured


class CachingCleaner:
    """Calls `gateway.mail.clean`, a pure function, once for each distinct input that it holds.

    Thread-safe. Bounded by `maxsize` bytes, least recently used out first; 0 holds nothing.
    The key is a 128-bit digest of everything that the cleaner reads. Raw messages longer than
    `max_raw_bytes` are not read. Costly ones wait for the `lane`.
    """

    def __init__(
        self,
        maxsize: int,
        max_raw_bytes: int = MAX_RAW_BYTES,
        lane: CleaningLane | None = None,
        max_age_s: float = inf,
    ) -> None:
        self._max_raw_bytes = max_raw_bytes
        self._maxsize = maxsize
        self._lane = lane or CleaningLane(sys.maxsize, 0)
        self._mails: BoundedCache[bytes, CleanedMail] = BoundedCache(maxsize, _size, max_age_s)

    def __call__(
        self,
        mail: MailInput,
        disabled_rules: Set[str] = frozenset(),
        deadline: Deadline = NEVER,
        require_caller: Callable[[], None] = nothing,
    ) -> CleanedMail:
        """Return what `clean` returns of the same, within `deadline`.

        The deadline is looked at between stages. Raises DeadlineExceededError, and what
        `CleaningLane.enter` raises.
        """
        key = _digest(mail, disabled_rules)
        cached = self._mails.get(key)
        metrics.record_clean_lookup(hit=cached is not None)
        if cached is not None:
            return cached
        with self._lane.enter(mail, deadline, require_caller):
            cleaned = clean(mail, disabled_rules, self._max_raw_bytes, deadline.remaining)
        self._mails.put(key, cleaned)
        return cleaned

    @property
    def keeps(self) -> bool:
        """Whether it holds anything at all."""
        return self._maxsize > 0

    def cached(self, mail: MailInput, disabled_rules: Set[str]) -> CleanedMail | None:
        """Return the cleaned mail if it is held, uncounted; waits for nothing."""
        return self._mails.get(_digest(mail, disabled_rules))

    def forget(self, matches: Callable[[CleanedMail], bool]) -> None:
        """Drop the cleaned mails that match."""
        self._mails.discard(lambda _, mail: matches(mail))

    def expire(self) -> None:
        """Drop what has been held for too long."""
        self._mails.expire()


def _digest(mail: MailInput, disabled_rules: Set[str]) -> bytes:
    # `repr` keeps the fields apart and copes with every string, lone surrogates too.
    headers = list((mail.headers or {}).items())  # in order: of two spellings the last one counts
    fields = (
        mail.html, mail.text, mail.subject, headers, mail.date, mail.own_domains,
        mail.last_outbound, mail.scope, None if mail.raw is None else len(mail.raw),
        sorted(disabled_rules),
    )  # fmt: skip
    digest = hashlib.blake2b(repr(fields).encode(), digest_size=16)
    digest.update(mail.raw or b"")  # as it is: the `repr` of a large message is four times larger
    return digest.digest()


def _size(mail: CleanedMail) -> int:
    parts = (
        mail.text, mail.model_text, mail.context or "", mail.signature, mail.quoted, mail.banner,
        mail.disclaimer,
    )  # fmt: skip
    characters = sum(map(len, parts)) + sum(map(len, (*mail.evidence, *mail.flags)))
    people = [*mail.referral, *([mail.delegate] if mail.delegate else [])]
    characters += sum(map(_characters_of, people))
    characters += len(mail.follow_up.text) if mail.follow_up else 0
    objects = len(people) + len(mail.evidence) + len(mail.flags) + (mail.follow_up is not None)
    # Most strings take one or two bytes a character.
    return _ENTRY_BYTES + _OBJECT_BYTES * objects + 2 * characters


def _characters_of(person: Referral) -> int:
    fields = (person.name, person.email, person.phone, person.role, person.team)
    return sum(len(text) for text in fields if text)
