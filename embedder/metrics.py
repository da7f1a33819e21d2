"""Every metric of the embedder, all series present from the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from embedder.api import CacheInfo
from trunkline.build import current_build
from trunkline.otlp.span_queue import SPAN_RESULTS

METHODS: Final = ("Embed", "Attribute", "Info", "Forget")
CODES: Final = (
    "OK",
    "INVALID_ARGUMENT",
    "FAILED_PRECONDITION",
    "RESOURCE_EXHAUSTED",
    "UNAVAILABLE",
    "DEADLINE_EXCEEDED",
    "CANCELLED",
    "INTERNAL",
)
DROP_REASONS: Final = ("cancelled", "expired", "overloaded")
ITEM_ERRORS: Final = (
    "text_empty",
    "text_too_long",
    "tokenize_failed",
    "over_token_budget",
    "encoder_failed",
)
SHARED_LOOKUPS: Final = ("hit", "miss", "damaged", "timeout", "error", "skipped")
SHARED_WRITES: Final = ("stored", "failed", "skipped")

_SECONDS: Final = tuple(0.00025 * 2**n for n in range(16))  # 0.25 ms to 8 s
_ROWS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TOKENS: Final = tuple(2**n for n in range(3, 16))


class Metrics:
    """Counters and histograms; the gauges are read when they are collected (see `watch`)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        build = current_build()
        Gauge(
            "embedder_build_info",
            "Always 1; the labels are the build that runs.",
            ["version", "commit"],
            registry=registry,
        ).labels(build.version, build.commit).set(1)
        requests = Counter(
            "embedder_requests", "Requests by gRPC status.", ["method", "code"], registry=registry
        )
        self.requests = {(m, c): requests.labels(m, c) for m in METHODS for c in CODES}
        durations = Histogram(
            "embedder_request_duration_seconds",
            "From request read to answer ready.",
            ["method"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.request_duration = {method: durations.labels(method) for method in METHODS}
        dropped = Counter(
            "embedder_dropped_texts",
            "Texts that needed a forward and got none.",
            ["reason"],
            registry=registry,
        )
        self.dropped = {reason: dropped.labels(reason) for reason in DROP_REASONS}
        errors = Counter(
            "embedder_item_errors", "Texts that failed alone.", ["code"], registry=registry
        )
        self.item_errors = {code: errors.labels(code) for code in ITEM_ERRORS}
        self._declare_spans()
        self._declare_stages()
        self._declare_shared_cache()

    def _declare_spans(self) -> None:
        spans = Counter(
            "embedder_trace_spans",
            "Spans of traces: sent, refused, or dropped for lack of room.",
            ["result"],
            registry=self._registry,
        )
        self._spans = {result: spans.labels(result) for result in SPAN_RESULTS}

    def _declare_stages(self) -> None:
        self.tokenize_duration = self._histogram(
            "tokenize_duration_seconds", "Tokenizing the new texts of one request.", _SECONDS
        )
        self.queue_duration = self._histogram(
            "queue_duration_seconds", "From queued to forward, each text.", _SECONDS
        )
        self.encode_duration = self._histogram(
            "encode_duration_seconds", "One batch in the encoder.", _SECONDS
        )
        self.batch_size = self._histogram("batch_size_rows", "Rows of a batch.", _ROWS)
        self.batch_tokens = self._histogram(
            "batch_size_tokens", "Tokens of a batch, padding left out.", _TOKENS
        )
        self.batch_padded = self._histogram(
            "batch_padded_tokens", "Longest row times rows of a batch.", _TOKENS
        )

    def _declare_shared_cache(self) -> None:
        lookups = Counter(
            "embedder_shared_cache_lookups",
            "Texts looked for in the shared cache, by what came of it.",
            ["result"],
            registry=self._registry,
        )
        self.shared_lookups = {result: lookups.labels(result) for result in SHARED_LOOKUPS}
        writes = Counter(
            "embedder_shared_cache_writes",
            "Texts that were to be kept in the shared cache, by what came of it.",
            ["result"],
            registry=self._registry,
        )
        self.shared_writes = {result: writes.labels(result) for result in SHARED_WRITES}
        self.shared_duration = self._histogram(
            "shared_cache_duration_seconds", "Waiting for the shared cache.", _SECONDS
        )
        self.shared_connected = Gauge(
            "embedder_shared_cache_connected_state",
            "1 while the shared cache is asked.",
            registry=self._registry,
        )

    def batch(
        self, rows: int, tokens: int, longest: int, seconds: float, queue_s: Iterable[float]
    ) -> None:
        """Record one batch that the encoder took `seconds` for.

        `longest` is the length of its longest row in tokens, `queue_s` each text's wait before it.
        """
        self.encode_duration.observe(seconds)
        self.batch_size.observe(rows)
        self.batch_tokens.observe(tokens)
        self.batch_padded.observe(rows * longest)
        for waited_s in queue_s:
            self.queue_duration.observe(waited_s)

    def spans(self, result: str, number: int) -> None:
        """Count spans by what became of them."""
        self._spans[result].inc(number)

    def watch(self, read: Callable[[], Gauges]) -> None:
        """Export what `read` returns whenever the metrics are collected."""
        self._registry.register(_GaugeCollector(read))

    def _histogram(self, what: str, text: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(f"embedder_{what}", text, buckets=buckets, registry=self._registry)


@dataclass(frozen=True, slots=True)
class Gauges:
    """What can be read at any time; read from another thread, so only ints and floats."""

    queue_size: int
    queue_oldest_age_s: float
    serving: bool
    forwards: int
    cache: CacheInfo


class _GaugeCollector(Collector):
    def __init__(self, read: Callable[[], Gauges]) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        now = self._read()
        cache = now.cache
        yield _gauge("queue_size_rows", "Rows that wait for the encoder.", now.queue_size)
        yield _gauge(
            "queue_oldest_age_seconds", "Wait of the oldest of them.", now.queue_oldest_age_s
        )
        yield _gauge("serving_state", "1 while health says SERVING.", now.serving)
        yield _gauge("cache_maxsize_bytes", "Bound of the cache.", cache.maxsize)
        yield _gauge("cache_currsize_bytes", "Bytes held by the cache.", cache.currsize)
        yield _counter("forward_texts", "Texts that went through the encoder.", now.forwards)
        yield _counter("cache_hits", "Texts answered from the in-process cache.", cache.hits)
        yield _counter("cache_misses", "Texts that caused a forward.", cache.misses)
        yield _counter("cache_coalesced", "Texts that shared another's forward.", cache.coalesced)
        yield _counter("cache_evictions", "Entries evicted.", cache.evictions)


def _gauge(what: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"embedder_{what}", text, value=float(value))


def _counter(what: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(f"embedder_{what}", text, value=float(value))
