"""After an erasure no cache of a worker, and no embedder, holds the words any more."""

import pytest

from embedder.errors import Unavailable
from embedder.testing.embedder import FakeEmbedder
from gateway.inference.answer import Answer
from gateway.inference.answer_cache import answer_cache, words_digest
from gateway.inference.bounded_cache import BoundedCache
from gateway.inference.clean_cache import CachingCleaner
from gateway.inference.context import RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.forgetting import Caches
from gateway.inference.pipeline import Pipeline
from gateway.mail import MailInput
from tests.support.pools import FakePool, head_set, info


class Worker:
    """A pipeline with all its caches."""

    def __init__(self) -> None:
        self.embedder = FakeEmbedder()
        answers, cleaner = answer_cache(1 << 20), CachingCleaner(1 << 20)
        pool = FakePool(head_set(info("intent")))
        self.pipeline = Pipeline({"e": self.embedder}, pool, answers, 60, cleaner=cleaner)
        self.caches = Caches(answers, cleaner, [self.embedder])

    def ask(self, text: str) -> Answer:
        """Return the answer to a mail."""
        outcome = self.pipeline.classify({"1": MailInput(text=text)}, RequestMetadata(within(60)))[
            "1"
        ]
        assert isinstance(outcome, Answer)
        return outcome


def digests(answer: Answer) -> list[bytes]:
    """Return what a record keeps to name an answer in the caches."""
    mail = answer.cleaned
    return [words_digest(mail.model_text, mail.context), *answer.shared.cache_keys]


def test_what_is_named_is_forgotten_everywhere_and_nothing_else() -> None:
    """The next answer to the same words needs a forward; another mail's comes from the cache."""
    worker = Worker()
    first = worker.ask("What would 20 seats cost?")
    worker.ask("Please call me.")
    assert worker.ask("What would 20 seats cost?").cache == "answer"

    worker.caches.forget(digests(first))
    worker.caches.forget_in_embedders(digests(first))

    assert worker.ask("What would 20 seats cost?").cache == "miss"
    assert worker.ask("Please call me.").cache == "answer"


def test_all_can_be_forgotten_where_nothing_can_be_named() -> None:
    """None stands for everything; an empty list for nothing."""
    worker = Worker()
    worker.ask("What would 20 seats cost?")
    worker.caches.forget([])
    worker.caches.forget_in_embedders([])
    assert worker.ask("What would 20 seats cost?").cache == "answer"
    worker.caches.forget(None)
    worker.caches.forget_in_embedders(None)
    assert worker.ask("What would 20 seats cost?").cache == "miss"


def test_an_embedder_that_is_away_is_an_error_of_its_share_alone() -> None:
    """The worker's own caches are emptied apart from it, once."""
    worker = Worker()
    first = worker.ask("What would 20 seats cost?")
    worker.embedder.error = Unavailable("away")
    worker.caches.forget(digests(first))
    with pytest.raises(Unavailable):
        worker.caches.forget_in_embedders(digests(first))
    worker.embedder.error = None
    assert worker.ask("What would 20 seats cost?").cache == "hit"


def test_a_bounded_cache_drops_by_age_whatever_is_used() -> None:
    """Age counts from the put; evicted and discarded entries leave no trace of theirs."""
    now = 0.0
    cache: BoundedCache[str, str] = BoundedCache(2, lambda _: 1, 60.0, lambda: now)
    cache.put("a", "1")
    now = 30.0
    cache.put("b", "2")
    assert cache.get("a") == "1"
    now = 60.0
    assert cache.expire() == 1
    assert (cache.get("a"), cache.get("b")) == (None, "2")
    assert [cache.put(key, "3") for key in "cd"] == [0, 1]
    assert cache.discard(lambda key, _: key == "c") == 1
    now = 1_000.0
    assert (cache.expire(), len(cache)) == (1, 0)
