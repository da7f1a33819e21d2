"""Cleaned mails by exact input: a mail delivered again, or a stock reply, is not parsed again."""

import hashlib
import threading

from cachetools import LRUCache

from gateway import metrics
from gateway.mail import CleanedMail, MailInput, clean

_ENTRY_BYTES = 1_200  # objects and links of one entry beside its strings; measured


class RememberingCleaner:
    """Calls `gateway.mail.clean`, a pure function, once for each distinct input it remembers.

    Thread-safe. Bounded by `maxsize` bytes, least recently used out first; 0 remembers nothing.
    The key is a 128-bit digest of everything that the cleaner reads.
    """

    def __init__(self, maxsize: int) -> None:
        self._lock = threading.Lock()
        self._mails: LRUCache[bytes, CleanedMail] = LRUCache(maxsize, getsizeof=_size)

    def __call__(self, mail: MailInput) -> CleanedMail:
        """Return what `clean(mail)` returns."""
        key = _digest(mail)
        with self._lock:
            found = self._mails.get(key)
        metrics.record_clean_lookup(hit=found is not None)
        if found is not None:
            return found
        cleaned = clean(mail)
        if _size(cleaned) <= self._mails.maxsize:
            with self._lock:
                self._mails[key] = cleaned
        return cleaned


def _digest(mail: MailInput) -> bytes:
    # `repr` keeps the fields apart and copes with every string, lone surrogates too.
    headers = list((mail.headers or {}).items())  # in order: of two spellings the last one counts
    fields = (
        mail.raw is None, mail.html, mail.text, mail.subject, headers, mail.date, mail.own_domains,
        mail.last_outbound, mail.scope,
    )  # fmt: skip
    digest = hashlib.blake2b(repr(fields).encode(), digest_size=16)
    digest.update(mail.raw or b"")  # not as `repr`: that is up to eight times as long
    return digest.digest()


def _size(mail: CleanedMail) -> int:
    parts = (
        mail.text, mail.model_text, mail.context or "", mail.signature, mail.quoted, mail.banner,
        mail.disclaimer,
    )  # fmt: skip
    return _ENTRY_BYTES + 2 * sum(map(len, parts))  # most strings take one or two bytes a letter
