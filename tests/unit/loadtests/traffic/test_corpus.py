"""Modelled traffic keeps the properties it is asked for."""

import itertools
import statistics
from collections import Counter

import pytest

from gateway.mail import MailInput, clean
from loadtests.traffic.corpus import (
    STOCK,
    Lengths,
    Repeats,
    TextStream,
    distinct_texts,
    reply_texts,
)
from loadtests.traffic.requests import BAD, Changes, Mix, Request, Traffic


def _requests(mix: Mix, count: int) -> list[Request]:
    return list(itertools.islice(Traffic(mix), count))


def test_reply_texts_are_distinct_and_as_long_as_said() -> None:
    """No two texts are alike; the median is near 40 tokens and nothing passes the maximum."""
    texts = reply_texts(3000, 5)
    words = [len(text.split()) for text in texts]

    assert len(set(texts)) == 3000
    assert 28 <= statistics.median(words) <= 40  # 1.2 tokens a word
    assert max(words) * 1.2 <= Lengths().most + 2
    assert 110 <= statistics.quantiles(words, n=20)[-1] <= 190


def test_lengths_are_a_parameter() -> None:
    """Median and maximum follow what is asked."""
    texts = itertools.islice(distinct_texts(5, Lengths(median=90, p95=120, most=130)), 1000)
    words = [len(text.split()) for text in texts]

    assert statistics.median(words) == pytest.approx(75, abs=4)  # 1.2 tokens a word
    assert max(words) <= 110


def test_changes_touch_only_what_they_name() -> None:
    """Nothing given: the mix as it was; each given value takes the place of the mix's own."""
    mix = Mix(raw=0.3, bad=0.2)
    changes = Changes(hit_ratio=0.6, keys=50, skew=0.7, bad=0.0, median_tokens=20, seed=4)
    changed = changes.apply_to(mix)

    assert Changes().apply_to(mix) == mix
    assert changed.repeats.hit_ratio == pytest.approx(0.6)
    assert (changed.repeats.keys, changed.repeats.skew) == (50, 0.7)
    assert (changed.raw, changed.bad, changed.seed) == (0.3, 0.0, 4)
    assert (changed.lengths.median, changed.lengths.p95) == (20, Lengths().p95)


def test_the_same_seed_brings_the_same_day() -> None:
    """Traffic is a function of its mix."""
    assert _requests(Mix(), 300) == _requests(Mix(), 300)
    assert _requests(Mix(seed=1), 50) != _requests(Mix(seed=2), 50)


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.9])
def test_a_warm_cache_hits_as_often_as_asked(ratio: float) -> None:
    """With the key space warmed, the share of texts seen before is the hit ratio asked for."""
    stream = TextStream(Repeats.with_hit_ratio(ratio, keys=500), seed=3)
    seen = set(stream.warm_up())
    hits = 0
    for text in itertools.islice(stream, 5000):
        hits += text.words in seen
        seen.add(text.words)

    assert hits / 5000 == pytest.approx(ratio, abs=0.02)


def test_every_cause_of_repetition_has_its_share() -> None:
    """Duplicates, stock replies and redeliveries are each as frequent as modelled."""
    repeats = Repeats(duplicates=0.2, stock=0.1, redelivered=0.05, keys=400)
    sources = Counter(text.source for text in itertools.islice(TextStream(repeats, 9), 8000))

    assert sources["duplicate"] / 8000 == pytest.approx(0.2, abs=0.02)
    assert sources["stock"] / 8000 == pytest.approx(0.1, abs=0.02)
    assert sources["redelivered"] / 8000 == pytest.approx(0.05, abs=0.01)


def test_duplicates_follow_zipf() -> None:
    """The first key comes about twice as often as the second and ten times the tenth."""
    stream = TextStream(Repeats(1.0, 0.0, 0.0, keys=100, skew=1.0), 4)
    rank = {text: place for place, text in enumerate(stream.warm_up()[len(STOCK) :])}
    ranks = Counter(rank[text.words] for text in itertools.islice(stream, 20_000))

    assert ranks[0] / ranks[1] == pytest.approx(2, rel=0.2)
    assert ranks[0] / ranks[9] == pytest.approx(10, rel=0.35)


def test_a_redelivery_is_one_of_the_last_texts() -> None:
    """What is delivered again was delivered a short while ago, to the byte."""
    recent: list[str] = []
    repeats = Repeats(0.0, 0.0, 0.5, keys=1, recent=20)
    for text in itertools.islice(TextStream(repeats, 6), 500):
        assert text.source != "redelivered" or text.words in recent[-20:]
        recent.append(text.words)


def test_requests_come_in_their_shares() -> None:
    """Raw mails, batches and bad input are as frequent as in the mix."""
    mix = Mix(raw=0.2, batches=0.1, batch_texts=3, bad=0.05)
    requests = _requests(mix, 6000)
    kinds = Counter(request.kind for request in requests)

    assert kinds["raw"] / 6000 == pytest.approx(0.2, abs=0.02)
    assert kinds["batch"] / 6000 == pytest.approx(0.1, abs=0.02)
    assert kinds["bad"] / 6000 == pytest.approx(0.05, abs=0.01)
    assert {len(r.texts) for r in requests if r.kind == "batch"} == {3}
    assert {r.status for r in requests if r.kind == "bad"} <= {status for _, _, status in BAD}


def test_the_cleaner_keeps_the_words_of_every_good_request() -> None:
    """A raw mail's cleaned text is the text it was made from; no rule decides modelled text."""
    for request in _requests(Mix(raw=0.5, batches=0, bad=0), 400):
        given = MailInput(raw=request.body) if request.kind == "raw" else None
        cleaned = clean(given or MailInput(text=request.texts[0].words))

        assert cleaned.model_text == request.texts[0].words
        assert cleaned.decision is None
