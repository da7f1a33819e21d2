"""Puts the gateway together: collaborators in, one Flask application out."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, g
from pydantic_core import to_json

from embedder.client import Embedder
from gateway.api import (
    cors,
    embeddings,
    explain,
    feedback,
    label_studio,
    middleware,
    predictions,
    routes,
    sagemaker,
    subjects,
)
from gateway.api.desk import Desk
from gateway.api.health import SharedProbe
from gateway.api.labelling_desk import LabellingDesk
from gateway.api.large_bodies import LargeBodies
from gateway.api.problems import translated
from gateway.api.shortcut import Shortcut
from gateway.api.statistics import statistics_route
from gateway.auth import guard
from gateway.auth.keyring import Keyring
from gateway.config import Settings
from gateway.errors import PROBLEM_TYPE
from gateway.explain.explainer import Explainer
from gateway.inference import head_counts
from gateway.inference.answer_cache import answer_cache
from gateway.inference.by_language import HeadsElsewhere, Languages
from gateway.inference.clean_cache import CachingCleaner
from gateway.inference.cleaning_lane import CleaningLane
from gateway.inference.forgetting import Caches
from gateway.inference.pipeline import Pipeline
from gateway.inference.vectors import Vectors
from gateway.parallel import Parallel
from gateway.prediction_log.access import LogAccess
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.forget_watch import ForgetWatch
from gateway.prediction_log.recorder import Recorder
from gateway.prediction_log.statistics.reader import NoStatistics, StatisticsReader
from gateway.rollout.canary import Canaries
from gateway.rollout.cards import Cards
from gateway.rollout.demotion import Demote, nowhere
from gateway.rollout.shadow import Shadows
from gateway.rollout.shadow_log import ShadowLog
from gateway.rollout.versions import Versions
from gateway.routing.router import LanguageRouter
from gateway.targets import listed_names
from gateway.web import annotation, classifying, heads, history, pages, signing_in, status
from gateway.web import statistics as statistics_page
from gateway.web.rendering import problem_page
from gateway.web.signing_in import ask_to_sign_in
from heads.prediction import Pool
from trunkline.otlp.tracing import NoTracer, Tracer
from trunkline.serving.concurrency import least_limit
from trunkline.serving.sharing import Place

_WARM_UP_S = 8.0  # an embedder's time-outs, for a look and for a request, end before


@dataclass(frozen=True, slots=True)
class OtherEncoder:
    """What a second encoder needs: who chooses it, its heads, how their candidates are demoted."""

    router: LanguageRouter
    heads: HeadsElsewhere
    demote: Demote = nowhere


_EXPLANATION_CACHE_BYTES = 2 << 20  # some hundreds


class Gateway:
    """The application and what must be closed with it; `app` is the WSGI callable.

    The embedders (one, or several by name) and the pool are used, and closed, by the gateway
    alone. `demote` takes a candidate that left its bounds out of the catalog. With a `keyring`
    callers need keys, with a `recorder` answers are recorded, and `statistics` are of those. With
    an `other` encoder, one of the embedders, mails go to the one that reads their language best;
    its heads are asked through `pool`. `tracer` records requests.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder | Mapping[str, Embedder],
        pool: Pool,
        demote: Demote = nowhere,
        keyring: Keyring | None = None,
        recorder: Recorder | None = None,
        statistics: StatisticsReader | None = None,
        other: OtherEncoder | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._embedders, self._pool, self._recorder = _by_name(embedder), pool, recorder
        self._tracer = tracer or NoTracer()
        self._rollout = _rollout_of(settings, pool, demote)
        self._other_rollout = _rollout_of(settings, pool, other.demote if other else nowhere)
        self._parallel = Parallel(settings.threads * (len(self._embedders) - 1))
        answers = answer_cache(settings.answer_cache_bytes, settings.cache_max_age_s)
        cleaner = _cleaner(settings)
        self._pipeline = Pipeline(
            self._embedders,
            pool,
            answers,
            settings.encoder_refresh_s,
            rollout=self._rollout,
            required_heads=listed_names(settings.fail_closed_heads),
            heads_timeout_s=settings.heads_timeout_ms / 1000,
            parallel=self._parallel,
            cleaner=cleaner,
            keep_vectors=recorder is not None and settings.log_embeddings,
            languages=Languages(other.router, other.heads, self._other_rollout) if other else None,
        )
        self.app, self._probe = _flask(settings, self._tracer), SharedProbe(self._pipeline)
        access = LogAccess(settings)
        explainer = _explainer(settings, self._pipeline, pool, access)
        self._register_routes(settings, statistics or NoStatistics(), keyring, access, explainer)
        self._let_in(settings, keyring)
        caches = Caches(answers, cleaner, self._embedders.values(), [explainer])
        self._forget_watch = _forget_watch(settings, caches)
        self._pipeline.encoders.start()

    def join(self, place: Place, timeout_s: float = _WARM_UP_S) -> None:
        """Warm up before this worker takes connections, and report readiness for all workers.

        Waits until each embedder was tried once: one that is away keeps no worker from its
        callers. What is cold then warms while it serves, and no worker is ready until all are.
        """
        place.warm_when(lambda: self._pipeline.encoders.warmed)
        self._probe.join(place)
        self.await_encoders(timeout_s)

    def await_encoders(self, timeout_s: float = _WARM_UP_S) -> None:
        """Wait until each embedder was tried once: before, mails may miss their encoder."""
        self._pipeline.encoders.await_first_turn(timeout_s)

    def close(self) -> None:
        """Stop what runs and give up connections; the application must not be used after."""
        self._forget_watch.close()
        self._pipeline.encoders.stop()
        self._rollout.close()
        self._other_rollout.close()
        self._parallel.close()
        self._pool.close()
        head_counts.flush()
        if self._recorder is not None:
            self._recorder.close()
        for embedder in self._embedders.values():
            embedder.close()
        self._tracer.close()

    def _register_routes(
        self,
        settings: Settings,
        statistics: StatisticsReader,
        keyring: Keyring | None,
        access: LogAccess,
        explainer: Explainer,
    ) -> None:
        pipeline, recorder = self._pipeline, self._recorder
        messages, probe = LargeBodies(settings), self._probe
        desk = Desk(settings, pipeline, recorder, access, statistics, probe, explainer)
        for routes_of_one_kind in (
            routes.api(pipeline, settings, messages, recorder),
            embeddings.openai(Vectors(pipeline.encoders), settings, messages),
            explain.explanations(explainer, settings),
            routes.operations(probe),
            sagemaker.container(pipeline, settings, messages, probe, recorder),
            feedback.feedback(access, self._pool.head_set),
            predictions.predictions(access),
            subjects.subjects(access),
            statistics_route(statistics, pipeline, settings),
            label_studio.label_studio_backend(pipeline, settings, access),
            pages.pages(),
            signing_in.signing_in(keyring),
            classifying.classifying(desk, settings, messages),
            history.history(desk),
            annotation.annotation(LabellingDesk(settings, pipeline, access)),
            statistics_page.statistics(desk),
            heads.heads(desk, Cards(settings.catalog)),
            status.status(desk),
        ):
            self.app.register_blueprint(routes_of_one_kind)

    def _let_in(self, settings: Settings, keyring: Keyring | None) -> None:
        """Put the guard before the routes, and the way past Flask before the application."""
        guard.install(self.app, settings, keyring)
        admit = guard.admission(keyring, "classify", settings)
        flask, traces, recorder = self.app.wsgi_app, self._tracer, self._recorder
        shortcut = Shortcut(flask, self._pipeline, settings, admit, traces, recorder)
        self.app.wsgi_app = shortcut  # type: ignore[method-assign]


def _flask(settings: Settings, tracer: Tracer) -> Flask:
    app = Flask("gateway", static_folder="web/static", template_folder="web/templates")
    guard.public(app.view_functions["static"])
    app.logger.disabled = True  # it quotes exceptions, which may quote a mail
    middleware.install(app, tracer)
    cors.install(app, settings)
    app.register_error_handler(Exception, _problem_response)
    return app


def _by_name(embedder: Embedder | Mapping[str, Embedder]) -> Mapping[str, Embedder]:
    return embedder if isinstance(embedder, Mapping) else {"embedder": embedder}


def lane_waiters(threads: int) -> int:
    """Return how many costly mails may wait in a worker while one is cleaned.

    Those and the one leave a place to others, also while slow requests let the fewest run.
    """
    return max(0, least_limit(threads) - 2)


def _cleaner(settings: Settings) -> CachingCleaner:
    lane = CleaningLane(settings.costly_mail_bytes, lane_waiters(settings.threads))
    sizes = settings.clean_cache_bytes, settings.max_raw_bytes
    return CachingCleaner(*sizes, lane, settings.cache_max_age_s)


def _forget_watch(settings: Settings, caches: Caches) -> ForgetWatch:
    """Return what empties a worker's caches after an erasure and in time, started."""
    keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
    watch = ForgetWatch(settings.log_dir, keys, caches)
    watch.start()
    return watch


def _explainer(settings: Settings, pipeline: Pipeline, pool: Pool, access: LogAccess) -> Explainer:
    return Explainer(
        pipeline,
        pool,
        predictions.StoredWords(access),
        cache_bytes=_EXPLANATION_CACHE_BYTES,
        max_age_s=settings.cache_max_age_s,
        heads_timeout_s=settings.heads_timeout_ms / 1000,
    )


def _rollout_of(settings: Settings, pool: Pool, demote: Demote) -> Versions:
    folder = settings.shadow_dir
    shadow_log = None if folder is None else ShadowLog(folder, settings.shadow_max_bytes)
    return Versions(Canaries(demote), Shadows(pool, shadow_log))


def _problem_response(error: Exception) -> Response:
    problem = translated(error)
    g.problem_code = problem.code
    if guard.is_page():
        return ask_to_sign_in() if problem.status == 401 else problem_page(problem)
    request_id = g.get("request_id", "")
    response = Response(to_json(problem.problem(request_id)), problem.status, problem.headers())
    response.content_type = PROBLEM_TYPE
    return response
