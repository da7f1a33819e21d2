"""A start is judged by the median of its times, and by all first requests together."""

from loadtests.bench.start import Start, ratios, runs, steady_texts
from loadtests.measurement.run import Run
from loadtests.traffic.corpus import reply_texts


def start(embedder_s: float, first_s: float) -> Start:
    """Return one start whose steady requests took 10 ms."""
    ready_s = {"embedder": embedder_s, "heads": 1.0, "gateway": 2.0}
    first = Run("first requests", 8, 1.0, (first_s,) * 50)
    return Start(ready_s, first, Run("steady", 8, 1.0, (0.010,) * 50))


def test_start_times_are_medians_and_requests_are_joined() -> None:
    """One slow start of three is no slow start, but its requests count in the percentiles."""
    starts = [start(3.0, 0.010), start(40.0, 0.010), start(4.0, 0.030)]

    values = {ratio.name: round(ratio.value, 2) for ratio in ratios(starts)}
    assert values == {
        "embedder: process start to ready": 4.0,
        "heads: process start to ready": 1.0,
        "gateway: process start to ready": 2.0,
        "p50 of the first requests / steady": 1.0,
        "p99 of the first requests / steady": 3.0,
    }
    assert [ratio.reached for ratio in ratios(starts)] == [True, True, True, True, False]
    assert [len(run.latencies_s) for run in runs(starts)] == [150, 150]


def test_steady_texts_are_new_and_as_long() -> None:
    """Caches know none of them, and lengths differ by a word, so percentiles may be compared."""
    texts = reply_texts(300, 1)
    others = steady_texts(texts)
    assert not set(texts) & set(others)
    assert len(set(others)) == len(texts)
    assert [len(text.split()) + 1 for text in texts] == [len(text.split()) for text in others]
