"""Has this worker's caches and every embedder's forget texts, after an erasure."""

from collections.abc import Collection
from typing import Protocol

from embedder.client import Embedder, Forgetting
from embedder.errors import EmbedderError
from gateway import metrics
from gateway.inference.answer_cache import AnswerCache, words_digest
from gateway.inference.clean_cache import CachingCleaner

_TIMEOUT_S = 1.0
_TIMEOUT_FOR_ALL_S = 30.0  # a shared cache is walked through then


class Derived(Protocol):
    """A cache whose entries cannot be told apart by the words that they came from."""

    def forget(self) -> None:
        """Drop all of them."""

    def expire(self) -> None:
        """Drop what was held for too long."""


class Caches:
    """The caches that an answer of this worker may come from; thread-safe."""

    def __init__(
        self,
        answers: AnswerCache,
        cleaner: CachingCleaner,
        embedders: Collection[Embedder],
        derived: Collection[Derived] = (),
    ) -> None:
        self._derived = tuple(derived)
        self._answers = answers
        self._cleaner = cleaner
        self._embedders = tuple(embedders)

    def forget(self, digests: Collection[bytes] | None) -> None:
        """Drop what has one of these digests from this worker's caches, all for None.

        They are those that a record keeps: of the words, and the keys of the embedders' caches.
        """
        if digests is not None and not digests:
            return
        self._answers.discard(lambda key, _: digests is None or key[_WORDS] in digests)
        self._cleaner.forget(
            lambda mail: digests is None or words_digest(mail.model_text, mail.context) in digests
        )
        for cache in self._derived:
            cache.forget()
        metrics.record_answer_cache(self._answers.currsize, len(self._answers), 0)

    def forget_in_embedders(self, digests: Collection[bytes] | None) -> None:
        """Drop the same from every embedder's cache.

        Raises the EmbedderError of one that did not answer, the others having forgotten.
        """
        if digests is not None and not digests:
            return
        failure: EmbedderError | None = None
        for embedder in self._embedders:
            if isinstance(embedder, Forgetting):
                try:
                    all_s = _TIMEOUT_FOR_ALL_S if digests is None else _TIMEOUT_S
                    embedder.forget(digests, timeout_s=all_s)
                except EmbedderError as error:
                    failure = error
        if failure is not None:
            raise failure

    def expire(self) -> None:
        """Drop what this worker has held for too long."""
        if self._answers.expire():
            metrics.record_answer_cache(self._answers.currsize, len(self._answers), 0)
        self._cleaner.expire()
        for cache in self._derived:
            cache.expire()


_WORDS = 1  # where `Item.cache_key` has the digest of the words
