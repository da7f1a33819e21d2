"""What people's pages ask of the gateway: the API's own handlers, with values in and out."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import request
from pydantic import ValidationError
from pydantic_core import to_json

from gateway.api import feedback, predictions
from gateway.api.classify import RequestClock, answer_mail
from gateway.api.field_reports import validation_problem
from gateway.api.health import Readiness, SharedProbe
from gateway.api.log_models import FeedbackRequest
from gateway.api.request_models import ClassifyRequest
from gateway.api.routes import heads_json
from gateway.api.statistics_request import read_query
from gateway.auth.guard import current_caller
from gateway.config import Settings
from gateway.errors import GatewayError
from gateway.explain.explainer import Explainer
from gateway.explain.values import Question, Reason
from gateway.inference.pipeline import Pipeline
from gateway.prediction_log.access import LogAccess
from gateway.prediction_log.recorder import Recorder
from gateway.prediction_log.statistics.answer import Statistics
from gateway.prediction_log.statistics.reader import StatisticsReader
from gateway.prediction_log.values import PAGE, Correction, Json


class Desk:
    """One gateway's handlers for the caller of the current request, whose scopes were checked."""

    def __init__(
        self,
        settings: Settings,
        pipeline: Pipeline,
        recorder: Recorder | None,
        access: LogAccess,
        statistics: StatisticsReader,
        probe: SharedProbe,
        explainer: Explainer,
    ) -> None:
        self._settings = settings
        self._pipeline = pipeline
        self._recorder = recorder
        self._access = access
        self._statistics = statistics
        self._probe = probe
        self._explainer = explainer

    @property
    def keeps_log(self) -> bool:
        """Whether answers are recorded: without that there is no history and no correction."""
        return self._settings.log_dir is not None

    def classify(self, members: Mapping[str, Any]) -> tuple[Json, Json]:
        """Return an email's answer, recorded, and what the cleaner made of the email."""
        clock = RequestClock(self._settings)
        mail = _checked(ClassifyRequest, members)
        cleaned = self._pipeline.clean(mail.mail_input(), clock.metadata(None))
        response = answer_mail(self._pipeline, mail, clock, self._recorder)
        answer: Json = json.loads(response.get_data())
        return answer, json.loads(to_json(cleaned))

    def reason(self, answer: Json, cleaned: Mapping[str, Any], head: str) -> Reason | None:
        """Return why an email was answered so; None where its words alone do not tell that now.

        A rule may have read headers, and a head our last mail: then it is not asked at all.
        """
        by_rule = answer["decision"]["decided_by"] == "rule"
        label = answer["heads"].get(head, {}).get("label")
        if cleaned["context"] or (label is None and not by_rule):
            return None
        question = Question(cleaned["text"], None, head, label, "sentence")
        try:
            reason = self._explainer.explain(question, RequestClock(self._settings).metadata(None))
        except GatewayError:
            return None
        is_same = reason.mail.text == cleaned["text"] and reason.mail.rule == cleaned["rule"]
        return reason if is_same else None

    def heads(self) -> Json:
        """Return what `/v1/heads` shows."""
        served, other = self._pipeline.head_set(), self._pipeline.other_heads()
        shown: Json = json.loads(heads_json(served, other))
        return shown

    def readiness(self) -> Readiness:
        """Return what `/readyz` says."""
        return self._probe.readiness()

    def history(self, arguments: Mapping[str, str]) -> Json:
        """Return a page of recorded answers, see `GET /v1/predictions`."""
        return predictions.read_page(self._access, arguments)

    def prediction(self, prediction_id: str, *, words: bool) -> Json:
        """Return one recorded answer; `words` need the scope read_text."""
        return predictions.read_prediction(self._access, prediction_id, words=words)

    def correct(self, prediction_id: str, head: str, label: str) -> Json:
        """Store a correction by the person who signed in, and return it."""
        by = current_caller().key_id or PAGE
        members = {"prediction_id": prediction_id, "head": head, "label": label, "by": by}
        sent = _checked(FeedbackRequest, members)
        labels_of = feedback.labels_served(self._pipeline.head_set)
        return feedback.store(self._access, Correction(**sent.model_dump()), None, labels_of)

    def statistics(self, arguments: Mapping[str, str]) -> Statistics:
        """Return what `GET /v1/statistics` counts."""
        clock = RequestClock(self._settings)
        query = read_query(arguments, current_caller(), datetime.now(UTC))
        return self._statistics.read(query, clock.deadline.remaining())


def may(scope: str) -> bool:
    """Return whether the person may do what needs this scope."""
    return scope in current_caller().scopes


def tenants_to_choose() -> Sequence[str]:
    """Return the tenants among which the person must say whose email it is; mostly none."""
    tenants = sorted(current_caller().tenants)
    return tenants if len(tenants) > 1 else ()


def tenant_chosen() -> str:
    """Return the tenant that the page's address names."""
    return request.args.get("tenant", "")


def _checked(model: Any, members: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate(members)
    except ValidationError as error:
        raise validation_problem(error, model) from None
