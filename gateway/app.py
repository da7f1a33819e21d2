"""Puts the gateway together: collaborators in, one Flask application out."""

from collections.abc import Mapping

from flask import Flask, Response, g
from pydantic_core import to_json

from embedder.client import Embedder
from gateway.api import cors, embeddings, middleware, routes, sagemaker
from gateway.api.health import SharedProbe
from gateway.api.large_bodies import LargeBodies
from gateway.api.problems import translated
from gateway.api.shortcut import Shortcut
from gateway.auth import guard
from gateway.auth.keyring import Keyring
from gateway.config import Settings, listed_names
from gateway.errors import PROBLEM_TYPE
from gateway.inference import head_counts
from gateway.inference.answer_cache import answer_cache
from gateway.inference.clean_cache import CachingCleaner
from gateway.inference.cleaning_lane import CleaningLane
from gateway.inference.pipeline import Pipeline
from gateway.inference.vectors import Vectors
from gateway.parallel import Parallel
from gateway.rollout.canary import Canaries
from gateway.rollout.demotion import Demote, nowhere
from gateway.rollout.shadow import Shadows
from gateway.rollout.shadow_log import ShadowLog
from gateway.rollout.versions import Versions
from gateway.web import pages
from heads.prediction import Pool
from trunkline.otlp.tracing import NoTracer, Tracer
from trunkline.serving.concurrency import least_limit


class Gateway:
    """The application and what must be closed with it; `app` is the WSGI callable.

    The embedders (one, or several by name) and the pool are used, and closed, by the gateway
    alone. `demote` takes a candidate that left its bounds out of the catalog. With a `keyring`
    callers need keys; `tracer` records requests.
    """

    def __init__(
        self,
        settings: Settings,
        embedder: Embedder | Mapping[str, Embedder],
        pool: Pool,
        demote: Demote = nowhere,
        keyring: Keyring | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._embedders = embedder if isinstance(embedder, Mapping) else {"embedder": embedder}
        self._pool = pool
        self._tracer = tracer or NoTracer()
        self._rollout = _rollout_of(settings, pool, demote)
        self._parallel = Parallel(settings.threads * (len(self._embedders) - 1))
        self._pipeline = Pipeline(
            self._embedders,
            pool,
            answer_cache(settings.answer_cache_bytes),
            settings.encoder_refresh_s,
            rollout=self._rollout,
            required_heads=listed_names(settings.fail_closed_heads),
            heads_timeout_s=settings.heads_timeout_ms / 1000,
            parallel=self._parallel,
            cleaner=_cleaner(settings),
        )
        self.app = Flask("gateway", static_folder="web/static", template_folder="web/templates")
        guard.public(self.app.view_functions["static"])
        self.app.logger.disabled = True  # it quotes exceptions, which may quote a mail
        middleware.install(self.app, self._tracer)
        cors.install(self.app, settings)
        self.app.register_error_handler(Exception, _problem_response)
        self._register_routes(settings)
        self._let_in(settings, keyring)
        self._pipeline.encoders.start()

    def close(self) -> None:
        """Stop what runs and give up connections; the application must not be used after."""
        self._pipeline.encoders.stop()
        self._rollout.close()
        self._parallel.close()
        self._pool.close()
        head_counts.flush()
        for embedder in self._embedders.values():
            embedder.close()
        self._tracer.close()

    def _register_routes(self, settings: Settings) -> None:
        pipeline = self._pipeline
        messages, probe = LargeBodies(settings), SharedProbe(pipeline)
        self.app.register_blueprint(routes.api(pipeline, settings, messages))
        vectors = Vectors(pipeline.encoders)
        self.app.register_blueprint(embeddings.openai(vectors, settings, messages))
        self.app.register_blueprint(routes.operations(probe))
        self.app.register_blueprint(sagemaker.container(pipeline, settings, messages, probe))
        self.app.register_blueprint(pages.pages())

    def _let_in(self, settings: Settings, keyring: Keyring | None) -> None:
        """Put the guard before the routes, and the way past Flask before the application."""
        if keyring is not None:
            guard.install(self.app, settings, keyring)
        admit = guard.admission(keyring, "classify", settings)
        flask = self.app.wsgi_app
        shortcut = Shortcut(flask, self._pipeline, settings, admit, self._tracer)
        self.app.wsgi_app = shortcut  # type: ignore[method-assign]


def lane_waiters(threads: int) -> int:
    """Return how many costly mails may wait in a worker while one is cleaned.

    Those and the one leave a place to others, also while slow requests let the fewest run.
    """
    return max(0, least_limit(threads) - 2)


def _cleaner(settings: Settings) -> CachingCleaner:
    lane = CleaningLane(settings.costly_mail_bytes, lane_waiters(settings.threads))
    return CachingCleaner(settings.clean_cache_bytes, settings.max_raw_bytes, lane)


def _rollout_of(settings: Settings, pool: Pool, demote: Demote) -> Versions:
    folder = settings.shadow_dir
    shadow_log = None if folder is None else ShadowLog(folder, settings.shadow_max_bytes)
    return Versions(Canaries(demote), Shadows(pool, shadow_log))


def _problem_response(error: Exception) -> Response:
    problem = translated(error)
    g.problem_code = problem.code
    request_id = g.get("request_id", "")
    response = Response(to_json(problem.problem(request_id)), problem.status, problem.headers())
    response.content_type = PROBLEM_TYPE
    return response
