"""The answer cache: what its keys tell apart, and the bytes that it never passes."""

import threading
from dataclasses import replace
from typing import Any

from gateway.inference.answer import CachedAnswer
from gateway.inference.answer_cache import answer_cache
from gateway.inference.classification import Decision
from gateway.inference.context import RequestContext, RequestMetadata
from gateway.inference.deadline import within
from gateway.inference.item import Item
from gateway.inference.plan import make_plan
from gateway.inference.snapshot import Snapshot
from gateway.mail import MailInput, clean
from heads.prediction import HeadSet
from tests.support.pools import info

CLEANED = clean(MailInput(text="a"))
DECISION = Decision("other", None, False, "model", None)


def answer(size: int) -> CachedAnswer:
    """Make an answer that takes `size` bytes and the bookkeeping."""
    return CachedAnswer(DECISION, b"x" * size, b"")


def key(text: str = "a", context: str | None = None, **other: object) -> tuple[object, ...]:
    """Make a key that differs from the default in what is given."""
    options: dict[str, Any] = {
        "generation": 1,
        "fingerprints": ("f",),
        "asked": None,
        "candidates": frozenset(),
        "flags": (),
        "evidence": (),
        **other,
    }
    head_set = HeadSet(options["generation"], {"intent": info("intent"), "other": info("other")})
    plan = make_plan(head_set, options["asked"], options["fingerprints"])
    snapshot = Snapshot((), options["fingerprints"], head_set, plan)
    cleaned = {name: options[name] for name in ("flags", "evidence")}
    mail = replace(CLEANED, model_text=text, context=context, **cleaned)
    item = Item(mail).with_candidates(options["candidates"])
    return item.cache_key(RequestContext(snapshot, RequestMetadata(within(5))))


def test_every_input_of_an_answer_is_in_its_key() -> None:
    """Text, context, heads, encoder, question, abstention and signs each make another key."""
    keys = [
        key(),
        key("b"),
        key(context=""),
        key(context="c"),
        key("a\x01c"),
        key(generation=2),
        key(fingerprints=("g",)),
        key(fingerprints=("f", "g")),
        key(candidates=frozenset({"intent"})),
        key(asked=("intent",)),
        key(flags=("obfuscated",)),
        key(evidence=("words",)),
        key(evidence=("header.null_return_path",)),
    ]
    assert len(set(keys)) == len(keys)
    assert key("\ud800") != key("?")


def test_which_evidence_there_is_makes_no_other_question() -> None:
    """Mails with the same words share an answer unless it depends on what else speaks."""
    full = key(evidence=("header.null_return_path",))
    assert full == key(evidence=("body.auto_ack", "header.list"))
    assert key(evidence=("words",)) == key(evidence=("header.bulk", "header.list"))


def test_the_answer_cache_is_bounded_in_bytes_and_evicts_the_oldest() -> None:
    """The size never passes the bound; a read makes an entry young; evictions are counted."""
    cache = answer_cache(3 * 1000)
    assert [cache.put(key(str(i)), answer(300)) for i in range(3)] == [0, 0, 0]
    assert cache.get(key("0")) is not None
    assert cache.put(key("3"), answer(300)) == 1
    assert cache.get(key("1")) is None
    assert cache.get(key("0")) is not None
    assert (cache.currsize, len(cache)) == (3000, 3)


def test_an_answer_larger_than_the_cache_is_not_kept() -> None:
    """It evicts nothing; a cache of size 0 keeps nothing at all."""
    cache = answer_cache(2000)
    cache.put(key("a"), answer(10))
    assert cache.put(key("b"), answer(5000)) == 0
    assert cache.get(key("a")) is not None
    assert answer_cache(0).put(key(), answer(1)) == 0


def test_the_answer_cache_stands_many_threads() -> None:
    """Readers and writers at once leave it within its bound and consistent."""
    cache = answer_cache(20_000)

    def work(seed: int) -> None:
        for i in range(500):
            cache.put(key(str((i * seed) % 97)), answer(300))
            cache.get(key(str(i % 97)))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.currsize == len(cache) * 1000 <= 20_000
