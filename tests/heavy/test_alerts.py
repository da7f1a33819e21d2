"""Every alert fires when it should, not just below; a moved threshold is noticed (promtool)."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.promtool import (
    RULES,
    Case,
    Series,
    alerts,
    budget_mutants,
    counter,
    failures,
    gauge,
    mutants,
    promtool,
)

ABOVE, BELOW = 1.05, 0.95
MINUTE, HOUR = 60, 3600
ANSWERS = 'gateway_requests_total{route="/v1/classify",status="%s"}'
REFUSED = 'gateway_door_refusals_total{reason="queue_full"}'
COUNTS = 'gateway_request_seconds_count{route="/v1/classify"}'
FAST = 'gateway_request_seconds_bucket{route="/v1/classify",le="0.25"}'
COVERED = 'gateway_coverage_emails_total{coverage="%s"}'
OK = 'gateway_head_answers_total{head="intent",status="ok"}'
UNSURE = 'gateway_head_abstentions_total{head="intent"}'
RIGHT = 'gateway_head_expected_right_total{head="intent"}'
AtLevel = Callable[[float], Series]


def pair(alert: str, at: AtLevel, step: str = "1m", *, inverted: bool = False) -> Iterator[Case]:
    """Yield a case just above a threshold and one just below; `inverted`: it fires below."""
    yield Case(alert, at(ABOVE), int(not inverted), step)
    yield Case(alert, at(BELOW), int(inverted), step)


def availability(good: list[float], bad: list[float]) -> Series:
    """Return good and bad answers; nobody is turned away."""
    return {ANSWERS % "200": good, ANSWERS % "503": bad, REFUSED: [0.0] * len(good)}


def latency(good: list[float], bad: list[float]) -> Series:
    """Return answers in time and late ones."""
    return {FAST: good, COUNTS: [a + b for a, b in zip(good, bad, strict=True)]}


def coverage(good: list[float], bad: list[float]) -> Series:
    """Return emails whose heads all answered, and others."""
    return {COVERED % "full": good, COVERED % "partial": bad}


LEVELS = {"availability": (availability, 0.001), "latency": (latency, 0.01)}
LEVELS["coverage"] = (coverage, 0.005)
BURNS = {  # factor, steps of the long window and the short one, step
    "BudgetBurnsFast": (14.4, 60, 5, "1m"),
    "BudgetBurnsSlowly": (6.0, 72, 6, "5m"),
    "BudgetRunsOut": (1.0, 144, 12, "30m"),
}
TRAFFIC = 100_000.0  # a step


def burning(slo: str, before: float, after: float, long: int, short: int) -> Series:
    """Return events of which these shares are bad, the second in the short window at the end."""
    make, _ = LEVELS[slo]
    shares = ((long - short, before), (short, after))
    return make(
        counter(*[(steps, TRAFFIC * (1 - share)) for steps, share in shares]),
        counter(*[(steps, TRAFFIC * share) for steps, share in shares]),
    )


def burn_cases() -> Iterator[Case]:
    """Yield the long window, the short one and the number of bad events at their thresholds."""
    for alert, (factor, long, short, step) in BURNS.items():
        for slo, (_, budget) in LEVELS.items():
            limit = factor * budget

            def by_long(level: float, slo: str = slo, limit: float = limit, n: int = long,
                        m: int = short) -> Series:  # fmt: skip
                before = (level * n - 1.5 * m) / (n - m)
                return burning(slo, before * limit, 1.5 * limit, n, m)

            def by_short(level: float, slo: str = slo, limit: float = limit, n: int = long,
                         m: int = short) -> Series:  # fmt: skip
                return burning(slo, 1.5 * limit, level * limit, n, m)

            yield from pair(alert, by_long, step)
            yield from pair(alert, by_short, step)

        def by_count(level: float, n: int = long) -> Series:
            return availability(counter((n, 1.0)), counter((n, 10 * level / n)))

        yield from pair(alert, by_count, step)


def rate(series: str, per_second: float, steps: int = 30) -> AtLevel:
    """Return a counter that grows so fast at level 1."""
    return lambda level: {series: counter((steps, per_second * MINUTE * level))}


def service_cases() -> Iterator[Case]:
    """Yield the cases of env/monitoring/rules/services.yml."""
    yield from pair(
        "NothingSucceeds", lambda x: availability(gauge(0, 180), counter((180, 2.5 / 180 * x)))
    )
    yield from pair(
        "NothingSucceeds",
        lambda x: availability(counter((180, 0.5 / 180 * x)), counter((180, 0.1))),
        inverted=True,
    )
    yield from pair("EmbedderQueueOld", lambda x: {
        'embedder_queue_oldest_age_seconds{instance="a"}': gauge(5 * x)})  # fmt: skip
    dropped = 'embedder_dropped_texts_total{reason="overloaded"}'
    yield from pair("EmbedderOverloaded", rate(dropped, 0.5))
    failed = 'embedder_item_errors_total{code="encoder_failed"}'
    yield from pair("EncoderFails", lambda x: {failed: counter((30, 5 / 15 * x))})
    yield from pair("GatewayOverloaded", lambda x: {
        ANSWERS % "200": counter((30, 98_000.0)), REFUSED: counter((30, 2_000 * x))})  # fmt: skip
    yield from pair("GatewayOverloaded", lambda x: {
        ANSWERS % "200": counter((30, 1.0)), REFUSED: counter((30, 2 * x))})  # fmt: skip
    yield from pair("CallersGiveUp", lambda x: {
        ANSWERS % "200": counter((30, 95_000.0)),
        ANSWERS % "499": counter((30, 5_000 * x))})  # fmt: skip
    yield from pair("CallersGiveUp", lambda x: {
        ANSWERS % "200": counter((30, 1.0)),
        ANSWERS % "499": counter((30, 10 / 15 * x))})  # fmt: skip
    yield from pair("KeysRefused", rate('gateway_key_refusals_total{why="unauthorized"}', 1))
    for service in ("gateway", "heads", "embedder"):
        spans = f'{service}_trace_spans_total{{job="{service}",result="dropped"}}'
        yield from pair("TraceSpansLost", rate(spans, 500 / 30 / MINUTE))
    yield from state_cases()


def state_cases() -> Iterator[Case]:
    """Yield the cases of alerts without a number to move."""
    for job in ("gateway", "heads", "embedder"):
        ups = {f'up{{job="{name}"}}': gauge(1) for name in ("gateway", "heads", "embedder")}
        yield Case("ServiceDown", {**ups, f'up{{job="{job}"}}': gauge(0)}, 1)
        yield Case("ServiceMissing", {n: v for n, v in ups.items() if job not in n}, 1)
    yield Case("ServiceDown", ups, 0)
    yield Case("ServiceMissing", ups, 0)
    states = {
        "EmbedderNotServing": ("embedder_serving_state", 0, 1),
        "ReplicasGone": ('gateway_replicas_serving{service="embedder"}', 0, 1),
        "ReplicasAside": ('gateway_replicas_aside{service="heads"}', 1, 0),
        "HeadsPoolAway": ('gateway_pool_away{pool="heads"}', 1, 0),
        "HeadVersionRefused": ("heads_refused", 1, 0),
    }
    for alert, (series, bad, good) in states.items():
        yield Case(alert, {series: gauge(bad)}, 1)
        yield Case(alert, {series: gauge(good)}, 0)
        yield Case(alert, {series: gauge(bad, 59) + gauge(good, 0)}, 0)  # it ends at once
    builds = [f'gateway_build_info{{job="gateway",version="1",commit="{c}"}}' for c in ("a", "b")]
    yield Case("BuildsDiffer", dict.fromkeys(builds, gauge(1, 90)), 1)
    yield Case("BuildsDiffer", dict.fromkeys(builds, gauge(1, 50)), 0)
    yield Case("BuildsDiffer", {builds[0]: gauge(1, 90)}, 0)


def head_cases() -> Iterator[Case]:
    """Yield the cases of env/monitoring/rules/heads.yml."""
    week, hours = 336, 14  # steps of half an hour; the last seven hours are worse

    def accuracy(fall: float, per_step: float = 1000.0) -> Series:
        early, late = 0.9, 0.9 - fall
        return {
            OK: counter((week, per_step)),
            RIGHT: counter((week - hours, early * per_step), (hours, late * per_step)),
        }

    # The week's mean holds the last seven hours, too.
    whole = 0.05 / (1 - hours / week)
    yield from pair("ExpectedAccuracyFalls", lambda x: accuracy(whole * x), "30m")
    yield from pair("ExpectedAccuracyFalls", lambda x: accuracy(0.3, 200 / 12 * x), "30m")
    unsure = {UNSURE: counter((week, 500.0)), OK: counter((week, 1000.0))}
    sure = counter((week - hours, 450.0), (hours, 250.0))
    yield Case("ExpectedAccuracyFalls", {**unsure, RIGHT: sure}, 1, "30m")
    yield from pair("HeadAbstainsOften", lambda x: {
        OK: counter((96, 1000.0)), UNSURE: counter((96, 600 * x))}, "5m")  # fmt: skip
    yield from pair("HeadAbstainsOften", lambda x: {
        OK: counter((96, 100 / 72 * x)), UNSURE: counter((96, 100 / 72 * x))}, "5m")  # fmt: skip
    generations = [f'gateway_head_set_generation{{pool="heads",pid="{n}"}}' for n in (1, 2)]
    same, other = gauge(7), gauge(8)
    yield Case("HeadSetsDiffer", {generations[0]: same, generations[1]: other}, 1)
    yield Case("HeadSetsDiffer", dict.fromkeys(generations, same), 0)
    withdrawn = 'gateway_canary_withdrawals_total{head="intent",version="2",where="worker"}'
    yield Case("CandidateWithdrawn", {withdrawn: [*[None] * 90, *gauge(1, 20)]}, 1)
    yield Case("CandidateWithdrawn", {withdrawn: counter((90, 0), (20, 0.1))}, 1)
    yield Case("CandidateWithdrawn", {withdrawn: gauge(1, 180)}, 0)
    lost = "gateway_shadow_lost_total"
    yield Case("ShadowRecordsLost", {lost: counter((90, 0), (20, 1.0))}, 1)
    yield Case("ShadowRecordsLost", {lost: gauge(3, 120)}, 0)


def log_cases() -> Iterator[Case]:
    """Yield the cases of env/monitoring/rules/prediction_log.yml."""
    yield from pair("PredictionLogBehind", lambda x: {
        "gateway_log_backlog_oldest_seconds": gauge(300 * x)})  # fmt: skip
    counters = {
        "PredictionLogLoses": 'gateway_log_records_total{result="lost"}',
        "PredictionLogRejects": 'gateway_log_skipped_records_total{why="unreadable"}',
    }
    for alert, series in counters.items():
        yield Case(alert, {series: counter((60, 0), (9, 1.0))}, 1)
        yield Case(alert, {series: gauge(5, 90)}, 0)
    drifts = {
        "HeadLabelsDrift": "label_mix",
        "HeadScoresDrift": "score",
        "EmbeddingsDrift": "embedding",
    }
    for alert, measure in drifts.items():
        for level, firing in ((ABOVE, 1), (BELOW, 0)):
            labels = f'{{head="intent",version="1",measure="{measure}"}}'
            yield Case(alert, {
                f"gateway_log_drift_distance{labels}": gauge(0.2 * level, 240),
                f"gateway_log_drift_threshold{labels}": gauge(0.2, 240)}, firing)  # fmt: skip


CASES = [*burn_cases(), *service_cases(), *head_cases(), *log_cases()]


def cases_of(alert: str) -> list[Case]:
    """Return the cases of one alert."""
    return [case for case in CASES if case.alert == alert]


def test_the_rules_are_prometheus_rules() -> None:
    """Promtool reads them, templates included."""
    subprocess.run([promtool(), "check", "rules", *map(str, RULES)], check=True)


@pytest.mark.parametrize("alert", sorted(alerts()))
def test_an_alert_fires_and_does_not_just_below(alert: str, tmp_path: Path) -> None:
    """Every alert has a case in which it fires and one in which it does not."""
    assert {case.firing for case in cases_of(alert)} == {0, 1}
    assert not failures(cases_of(alert), tmp_path)


@pytest.mark.parametrize("alert", sorted(name for name in alerts() if mutants(name)))
def test_a_threshold_moved_by_a_tenth_is_noticed(alert: str, tmp_path: Path) -> None:
    """Each number of each alert is held from both sides."""
    unnoticed = [
        place
        for place, before, after in mutants(alert)
        if not failures(cases_of(alert), tmp_path, (before, after))
    ]

    assert not unnoticed


@pytest.mark.parametrize(("place", "before", "after"), budget_mutants())
def test_a_budget_moved_by_a_tenth_is_noticed(
    place: str, before: str, after: str, tmp_path: Path
) -> None:
    """The objectives are held, too."""
    cases = cases_of("BudgetBurnsFast")

    assert failures(cases, tmp_path, (before, after)), place


def silent(series: Series, step: str, tmp_path: Path, but: frozenset[str] = frozenset()) -> None:
    """Check that no alert fires at the end of the series."""
    others = "|".join(alert for alert in alerts() if alert not in but)
    assert not failures([Case(others, series, 0, step)], tmp_path)


def test_without_data_only_what_is_missing_is_told(tmp_path: Path) -> None:
    """No series at all: nothing fires but that the services are missing."""
    silent({}, "1m", tmp_path, frozenset({"ServiceMissing"}))
    assert not failures([Case("ServiceMissing", {}, 3)], tmp_path)


def every_level(good: list[float], bad: list[float]) -> Series:
    """Return these events as those of every objective at once."""
    return {name: values for make, _ in LEVELS.values() for name, values in make(good, bad).items()}


UPS: Series = {f'up{{job="{job}"}}': "1x5000" for job in ("gateway", "heads", "embedder")}


@pytest.mark.parametrize("minutes_after", [1, 4, 25, 55, 170])
def test_one_error_at_three_requests_an_hour_calls_nobody(
    minutes_after: int, tmp_path: Path
) -> None:
    """Hours of a request every twenty minutes, one of which fails: silence, whenever one looks."""
    hours = 8 * HOUR // MINUTE
    good = [float(minute // 20) for minute in range(hours + minutes_after + 1)]
    bad = [0.0] * hours + [1.0] * (minutes_after + 1)
    silent({**UPS, **every_level(good, bad)}, "1m", tmp_path)


def test_every_request_failing_at_three_an_hour_calls_somebody(tmp_path: Path) -> None:
    """What little there is fails for three hours: that is told, though no share means anything."""
    day, hours = 24 * HOUR // MINUTE, 3 * HOUR // MINUTE
    good = [float(min(minute, day) // 20) for minute in range(day + hours + 30)]
    bad = [float(max(0, minute - day) // 20) for minute in range(day + hours + 30)]
    series = {**UPS, **availability(good, bad)}

    assert not failures([Case("NothingSucceeds", series, 1)], tmp_path)


def test_a_restart_calls_nobody(tmp_path: Path) -> None:
    """Counters that begin anew are no errors, in one worker or in two."""
    good = counter((60, 100.0)) + counter((60, 100.0))
    bad = [value / 100_000 for value in good]
    series = {**UPS, **every_level(good, bad)}
    other = {name.replace("{", '{instance="b",'): values for name, values in series.items()}
    silent({**series, **other}, "1m", tmp_path)
