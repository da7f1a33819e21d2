"""Puts the gateway together: collaborators in, one Flask application out."""

from flask import Flask, Response, g, request
from pydantic_core import to_json

from embedder.client import Embedder
from gateway import exchange, intake, pages, routes
from gateway.answers import AnswerCache
from gateway.config import Settings
from gateway.errors import PROBLEM_TYPE
from gateway.pipeline import Pipeline
from gateway.problems import translated
from heads.prediction import Pool


class Gateway:
    """The application with what must be closed after it: `app` is the WSGI callable.

    The embedder and the pool are used, and closed, by the gateway alone.
    """

    def __init__(self, settings: Settings, embedder: Embedder, pool: Pool) -> None:
        self._embedder = embedder
        self._pool = pool
        answers = AnswerCache(settings.answer_cache_bytes)
        self._pipeline = Pipeline(embedder, pool, answers, settings.encoder_refresh_s)
        self.app = Flask("gateway", static_folder="static", template_folder="templates")
        exchange.install(self.app)
        self.app.register_error_handler(Exception, _problem)
        self.app.register_blueprint(routes.api(self._pipeline, settings))
        self.app.register_blueprint(routes.operations(self._pipeline))
        self.app.register_blueprint(pages.pages())
        self._pipeline.encoder.start()

    def close(self) -> None:
        """Stop the watch and give up connections; the application must not be used after."""
        self._pipeline.encoder.stop()
        self._pool.close()
        self._embedder.close()


def _problem(error: Exception) -> Response:
    found = translated(error)
    g.problem_code = found.code
    intake.discard_rest(request)
    request_id = g.get("request_id", "")
    response = Response(to_json(found.problem(request_id)), found.status, found.headers())
    response.content_type = PROBLEM_TYPE
    return response
