"""Every metric of the gateway, declared once; all known series exist from the start."""

from collections.abc import Mapping
from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram

from trunkline.build import current_build
from trunkline.exposition import metrics_text
from trunkline.serving.options import REASONS

CONTENT_TYPE = CONTENT_TYPE_LATEST
STAGES = ("clean", "embed", "heads")
"""What a classify request goes through, in order."""
GENERATION_MASK = (1 << 53) - 1
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

BUILD = Gauge(
    "gateway_build_info", "Always 1; the labels are the build that runs",
    ["version", "commit"], multiprocess_mode="livemax",
)  # fmt: skip
REQUESTS = Counter("gateway_requests_total", "Requests answered", ["route", "status"])
REQUEST_SECONDS = Histogram(
    "gateway_request_seconds", "Time to answer a request", ["route"], buckets=_BUCKETS
)
STAGE_SECONDS = Histogram(
    "gateway_stage_seconds", "Time spent in a stage of a request", ["stage"], buckets=_BUCKETS
)
IN_FLIGHT = Gauge(
    "gateway_in_flight_requests", "Requests being served", multiprocess_mode="livesum"
)
DOOR_REFUSALS = Counter(
    "gateway_door_refusals_total",
    "Requests that no thread took: refused, or caller gone",
    ["reason"],
)
DOOR_WAITING = Gauge(
    "gateway_door_waiting_requests", "Requests waiting for a thread", multiprocess_mode="livesum"
)
DOOR_RUNNING = Gauge(
    "gateway_door_running_requests", "Requests that hold a thread", multiprocess_mode="livesum"
)
DOOR_LIMIT = Gauge(
    "gateway_door_limit_requests", "Requests that may run at once now", multiprocess_mode="livesum"
)
DOOR_WAIT_SECONDS = Histogram(
    "gateway_door_wait_seconds", "Time a request waited for its thread", buckets=_BUCKETS
)
CALLERS_GONE = Counter(
    "gateway_callers_gone_total", "Requests given up because their caller had gone", ["stage"]
)
KEY_REFUSALS = Counter("gateway_key_refusals_total", "Requests refused by their key", ["why"])
DECISIONS = Counter("gateway_decisions_total", "Emails decided", ["intent", "decided_by"])
HEAD_ANSWERS = Counter("gateway_head_answers_total", "Heads asked", ["head", "status"])
HEAD_ABSTENTIONS = Counter("gateway_head_abstentions_total", "Heads that abstained", ["head"])
COVERAGE = Counter(
    "gateway_coverage_emails_total", "Emails by how many asked heads answered", ["coverage"]
)
LANGUAGES = Counter(
    "gateway_language_emails_total",
    "Emails by language and who read them: default, other, or fallback: default instead of other",
    ["language", "encoder"],
)
EMBEDDINGS = Counter("gateway_embeddings_total", "Embeddings by the embedder's path", ["cache"])
TRUNCATED = Counter("gateway_truncated_emails_total", "Emails longer than the encoder reads")
VECTORS = Counter(
    "gateway_vectors_total", "Texts of /v1/embeddings, by what was read of them", ["read"]
)
VECTOR_TOKENS = Counter("gateway_vector_tokens_total", "Tokens read of texts of /v1/embeddings")
ANSWER_CACHE = Counter("gateway_answer_cache_lookups_total", "Answer cache lookups", ["result"])
CLEAN_CACHE = Counter("gateway_clean_cache_lookups_total", "Cleaned mail lookups", ["result"])
ANSWER_CACHE_BYTES = Gauge(
    "gateway_answer_cache_currsize_bytes", "Answer cache size", multiprocess_mode="livesum"
)
ANSWER_CACHE_ENTRIES = Gauge(
    "gateway_answer_cache_entries", "Answers kept", multiprocess_mode="livesum"
)
ANSWER_CACHE_EVICTIONS = Counter(
    "gateway_answer_cache_evictions_total", "Answers evicted for lack of room"
)
POOL_AWAY = Gauge(
    "gateway_pool_away", "Pools given up for now", ["pool"], multiprocess_mode="livemax"
)
REPLICAS_SERVING = Gauge(
    "gateway_replicas_serving",
    "Replicas of an embedder or a heads service that a worker asks; 0: it fails at once",
    ["service"],
    multiprocess_mode="livemin",
)
REPLICAS_ASIDE = Gauge(
    "gateway_replicas_aside",
    "Replicas that answered once and are set aside by a worker",
    ["service"],
    multiprocess_mode="livemax",
)
SET_ASIDE = Counter(
    "gateway_replicas_set_aside_total",
    "Replicas set aside: unreachable, silent, timing_out or slow",
    ["service", "reason"],
)
REPEATED = Counter(
    "gateway_repeated_calls_total",
    "Calls sent once more: the replica was unreachable or set_aside, timed_out, is overloaded, "
    "or has another encoder",
    ["service", "reason"],
)
HEAD_SET = Gauge(
    "gateway_head_set_generation",
    "What each worker takes for served, by pool: equal numbers, equal heads (the low 53 bits)",
    ["pool"],
    multiprocess_mode="liveall",
)
CANARY = Counter(
    "gateway_canary_emails_total", "Emails a candidate was asked", ["head", "version", "result"]
)
CANARY_DEMOTIONS = Counter(
    "gateway_canary_withdrawals_total",
    "Candidates that left their bounds: in a worker, in the catalog, or failed there",
    ["head", "version", "where"],
)
SHADOW = Counter(
    "gateway_shadow_emails_total", "Emails a shadow scored", ["head", "version", "result"]
)
SHADOW_FLIPS = Counter(
    "gateway_shadow_flips_total",
    "Other labels by a shadow than served",
    ["head", "version", "served", "shadow"],
)
SHADOW_SHIFT = Histogram(
    "gateway_shadow_score_shift",
    "How far a shadow moves the served label's probability",
    ["head", "version"],
    buckets=(0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1),
)
SHADOW_LOST = Counter(
    "gateway_shadow_lost_total", "Shadows' differences that GATEWAY_SHADOW_DIR had no room for"
)
SHADOW_DROPPED = Counter("gateway_shadow_dropped_total", "Shadow scores left out under load")

REPEATS = ("unreachable", "set_aside", "timed_out", "overloaded", "other_encoder")
_CALLED = ("/v1/classify", "/v1/classify/batch", "/v1/embeddings")
_STATUSES = ("200", "400", "401", "403", "413", "415", "422", "429", "499", "500", "503", "504")
_KNOWN: dict[Counter | Histogram, tuple[str, ...]] = {
    STAGE_SECONDS: STAGES,
    REQUEST_SECONDS: _CALLED,
    COVERAGE: ("full", "partial", "none"),
    EMBEDDINGS: ("hit", "coalesced", "miss"),
    VECTORS: ("whole", "part"),
    ANSWER_CACHE: ("hit", "miss"),
    CLEAN_CACHE: ("hit", "miss"),
    DOOR_REFUSALS: REASONS,
    CALLERS_GONE: STAGES,
    KEY_REFUSALS: ("unauthorized", "forbidden", "tenant", "rate_limited"),
}
for _metric, _labels in _KNOWN.items():
    for _label in _labels:
        _metric.labels(_label)
for _route in _CALLED:
    for _status in _STATUSES:
        REQUESTS.labels(_route, _status)
BUILD.labels(current_build().version, current_build().commit).set(1)
_HIT, _MISS = ANSWER_CACHE.labels("hit"), ANSWER_CACHE.labels("miss")
_CLEAN_HIT, _CLEAN_MISS = CLEAN_CACHE.labels("hit"), CLEAN_CACHE.labels("miss")
_STAGE = {stage: STAGE_SECONDS.labels(stage) for stage in STAGES}


def record_caller_gone(stage: str) -> None:
    """Count a request given up before this stage."""
    CALLERS_GONE.labels(stage).inc()


def record_refusal(why: str) -> None:
    """Count a request refused by its key."""
    KEY_REFUSALS.labels(why).inc()


def record_stages(timings_ms: Mapping[str, float]) -> None:
    """Observe the stages that one request went through."""
    for stage, metric in _STAGE.items():
        if timings_ms[stage]:
            metric.observe(timings_ms[stage] / 1000)


def record_decision(intent: str | None, decided_by: str | None) -> None:
    """Count one email by its outcome; None stands for an abstention and for no decider."""
    DECISIONS.labels(intent or "abstained", decided_by or "none").inc()


def record_clean_lookup(*, hit: bool) -> None:
    """Count one look for a mail cleaned before."""
    (_CLEAN_HIT if hit else _CLEAN_MISS).inc()


def record_lookups(hits: int, misses: int) -> None:
    """Count answer cache lookups."""
    if hits:
        _HIT.inc(hits)
    if misses:
        _MISS.inc(misses)


def record_embedding(path: str, *, truncated: bool = False) -> None:
    """Count one embedding by its path, and whether the encoder read a part of an email only."""
    EMBEDDINGS.labels(path).inc()
    if truncated:
        TRUNCATED.inc()


def record_language(language: str | None, encoder: str) -> None:
    """Count one email by its likeliest language, None where it was too short to tell."""
    LANGUAGES.labels(language or "short", encoder).inc()


def record_vector(tokens: int, *, truncated: bool) -> None:
    """Count one text's vector, and the tokens that the encoder read of it."""
    VECTORS.labels("part" if truncated else "whole").inc()
    VECTOR_TOKENS.inc(tokens)


@cache
def _head_answers(name: str, status: str) -> Counter:
    return HEAD_ANSWERS.labels(name, status)


@cache
def _head_abstentions(name: str) -> Counter:
    return HEAD_ABSTENTIONS.labels(name)


def record_heads(name: str, version: str, status: str, emails: int, abstained: int = 0) -> None:
    """Count one head's answers of one status, some of them abstentions.

    A head without a version is one that no pool serves, and its name is the caller's own: that is
    no label.
    """
    label = name if version else "unserved"
    if emails:
        _head_answers(label, status).inc(emails)
    if abstained:
        _head_abstentions(label).inc(abstained)


def record_coverage(answered: int, asked: int) -> None:
    """Count one email by how many of its heads answered."""
    share = "full" if answered == asked else "partial" if answered else "none"
    COVERAGE.labels(share).inc()


def record_pool(pool: str, *, away: bool) -> None:
    """Show whether a pool is given up for now."""
    POOL_AWAY.labels(pool).set(away)


def record_head_set(pool: str, generation: int) -> None:
    """Show which head set this worker knows of; a float keeps 53 bits of its number."""
    HEAD_SET.labels(pool).set(generation & GENERATION_MASK)


def record_canary(head: str, version: str, result: str) -> None:
    """Count one email that a candidate was asked: it `failed`, `disagreed` or `agreed`."""
    CANARY.labels(head, version, result).inc()


def record_demotion(head: str, version: str, where: str) -> None:
    """Count a candidate taken back: in this `worker`, in the `catalog`, or `failed` there."""
    CANARY_DEMOTIONS.labels(head, version, where).inc()


def record_shadow(head: str, version: str, served: str, shadow: str, shift: float) -> None:
    """Count one email that a shadow scored."""
    SHADOW.labels(head, version, "agreed" if served == shadow else "flipped").inc()
    SHADOW_SHIFT.labels(head, version).observe(shift)
    if served != shadow:
        SHADOW_FLIPS.labels(head, version, served, shadow).inc()


def record_shadow_failure(head: str, version: str) -> None:
    """Count one email that a shadow could not score."""
    SHADOW.labels(head, version, "failed").inc()


def record_answer_cache(currsize: int, entries: int, evicted: int) -> None:
    """Show the cache's size after answers were put into it."""
    ANSWER_CACHE_BYTES.set(currsize)
    ANSWER_CACHE_ENTRIES.set(entries)
    if evicted:
        ANSWER_CACHE_EVICTIONS.inc(evicted)


def exposition(*, shared: bool) -> bytes:
    """Return all series in Prometheus' text format, of all workers when `shared`."""
    return metrics_text(REGISTRY, shared=shared)
