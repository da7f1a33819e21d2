"""The calls of the prediction log as steps: corrections, recorded answers, erasure."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlencode

from trunkline.client.calls import typed
from trunkline.client.messages import JSON, Reply, Request
from trunkline.client.records import Erasure, Feedback, Page, Prediction, SubjectData
from trunkline.client.steps import Steps, Terms, answered, retrying

Filter = str | bool | int | datetime | None


def feedback(
    sent: Mapping[str, str], idempotency_key: str, terms: Terms, timeout_s: float
) -> Steps[Feedback]:
    """Return a correction as it was stored; one of a young answer waits until that is recorded.

    It is sent again under one key, so that it counts once.
    """
    headers = {**JSON, "Idempotency-Key": idempotency_key or secrets.token_urlsafe(16)}
    request = Request("POST", "/v1/feedback", json.dumps(sent).encode(), headers)

    def again(reply: Reply) -> Request | None:
        is_young = reply.status == 404 and reply.retry_after_s is not None
        return request if reply.may_repeat or is_young else None

    return typed(Feedback, (yield from retrying(request, again, terms, timeout_s)))


def prediction(
    prediction_id: str, terms: Terms, timeout_s: float, *, words: bool
) -> Steps[Prediction]:
    """Return one recorded answer."""
    query = "?words=true" if words else ""
    request = Request("GET", f"/v1/predictions/{quote(prediction_id, safe='')}{query}")
    return typed(Prediction, (yield from answered(request, terms, timeout_s)))


def predictions(filters: Mapping[str, Filter], terms: Terms, timeout_s: float) -> Steps[Page]:
    """Return a page of recorded answers."""
    query = urlencode({name: _text(v) for name, v in filters.items() if v is not None})
    request = Request("GET", f"/v1/predictions?{query}" if query else "/v1/predictions")
    return typed(Page, (yield from answered(request, terms, timeout_s)))


def subject(
    ref: str, headers: Mapping[str, str], terms: Terms, timeout_s: float
) -> Steps[SubjectData]:
    """Return everything that is held of a subject."""
    request = Request("GET", _subject_path(ref), headers=headers)
    return typed(SubjectData, (yield from answered(request, terms, timeout_s)))


def erase(ref: str, headers: Mapping[str, str], terms: Terms, timeout_s: float) -> Steps[Erasure]:
    """Erase a subject; done twice it takes out nothing more."""
    request = Request("DELETE", _subject_path(ref), headers=headers)
    return typed(Erasure, (yield from answered(request, terms, timeout_s)))


def _subject_path(ref: str) -> str:
    if not ref:
        raise ValueError("a subject needs its reference")
    return f"/v1/subjects/{quote(ref, safe='')}"


def _text(value: Filter) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)
