"""`GET /v1/predictions`: recorded answers, one or a page of them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from flask import Blueprint, Response, request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import to_json

from gateway.api.caller_fields import TAG_NAME, TAG_VALUE, SubjectRef
from gateway.api.classify import json_response
from gateway.api.feedback import current_reader, unknown_record
from gateway.api.field_reports import validation_problem
from gateway.api.log_models import PredictionId, PredictionShape, PredictionsShape
from gateway.api.openapi import documented
from gateway.api.query import refuse_unknown
from gateway.api.request_models import HeadName
from gateway.auth.guard import require_scope, requires
from gateway.errors import FieldError, ValidationFailedError
from gateway.explain.values import Recorded
from gateway.prediction_log.access import LogAccess
from gateway.prediction_log.errors import WindowError
from gateway.prediction_log.retention import Retention
from gateway.prediction_log.values import Filters, Json, Reader
from trunkline.ulid import time_of

_DEFAULT_WINDOW = timedelta(days=7)
_MAX_LIMIT = 200
_TAG = rf"^{TAG_NAME}={TAG_VALUE}$"
_LABEL = r"^[^\x00-\x1f\x7f]{1,128}$"
_YES, _NO = ("true", "1"), ("false", "0")
_REFUSED = ("401", "403", "422", "429", "500", "501", "503")
_WORDS = {
    "name": "words",
    "in": "query",
    "description": "whether to show the stored words too: needs the scope read_text, and each use "
    "is audited",
    "schema": {"type": "boolean"},
}
_ID = {
    "name": "prediction_id",
    "in": "path",
    "required": True,
    "description": "`prediction_id` of an answer",
    "schema": {"type": "string"},
}


class Query(BaseModel):
    """The query of a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: AwareDatetime | None = Field(
        None, alias="from", description="first moment; left out: 7 days before `to`"
    )
    end: AwareDatetime | None = Field(
        None, alias="to", description="moment after the last; left out: now"
    )
    head: HeadName | None = Field(None, description="a head that had a part in the answer")
    label: Annotated[str, StringConstraints(pattern=_LABEL)] | None = Field(
        None, description="its label; without `head` the decision's intent"
    )
    abstained: bool | None = None
    corrected: bool | None = Field(None, description="whether there is feedback")
    tag: Annotated[str, StringConstraints(pattern=_TAG)] | None = Field(
        None, description="`name=value`"
    )
    subject_ref: SubjectRef | None = None
    cursor: PredictionId | None = Field(None, description="`next` of the page before")
    limit: Annotated[int, Field(ge=1, le=_MAX_LIMIT)] = 50


_NAMES = tuple(field.alias or name for name, field in Query.model_fields.items())


def predictions(access: LogAccess) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("predictions", __name__, url_prefix="/v1")

    @routes.get("/predictions")
    @requires("read")
    @documented(
        "listPredictions",
        "Recorded answers of a time, the newest first",
        "predictions",
        PredictionsShape,
        parameters=_parameters(),
        problems=_REFUSED,
        description="Without words. A window may begin no earlier than rows are kept.",
    )
    def list_predictions() -> Response:
        refuse_unknown(_NAMES)
        return json_response(to_json(read_page(access, request.args)))

    @routes.get("/predictions/<prediction_id>")
    @requires("read")
    @documented(
        "showPrediction",
        "One recorded answer",
        "predictions",
        PredictionShape,
        parameters=[_ID, _WORDS],
        problems=(*_REFUSED, "404"),
    )
    def show_prediction(prediction_id: str) -> Response:
        words = _wants_words()
        return json_response(to_json(read_prediction(access, prediction_id, words=words)))

    return routes


class StoredWords:
    """Words of recorded answers, for who may read them; each look is put into the audit."""

    def __init__(self, access: LogAccess) -> None:
        self._access = access

    def read(self, prediction_id: str) -> Recorded:
        """Return the cleaned words, None where none are kept or readable, and the encoders.

        Raises what `read_prediction` raises.
        """
        shown = read_prediction(self._access, prediction_id, words=True)
        encoders = frozenset(encoder.get("fingerprint", "") for encoder in shown["encoders"])
        return Recorded(shown["words"], encoders)


def read_page(access: LogAccess, arguments: Mapping[str, str]) -> Json:
    """Return the page that a query's arguments ask for, of what this request's caller may see."""
    reader = current_reader()
    filters = _filters(_read_query(arguments), reader, access.retention)
    return access.database().page(filters, reader)


def read_prediction(access: LogAccess, prediction_id: str, *, words: bool) -> Json:
    """Return one recorded answer; `words` need a scope of their own, and are audited."""
    if words:
        require_scope("read_text", prediction=_harmless(prediction_id))
    shown = access.database().prediction(prediction_id, current_reader(), words=words)
    if shown is None:
        raise unknown_record(prediction_id)
    return shown


def _wants_words() -> bool:
    refuse_unknown(["words"])
    words = request.args.get("words", "false").lower()
    if words not in _YES + _NO:
        raise ValidationFailedError([FieldError("words", "bool_parsing", "must be true or false")])
    return words in _YES


def _parameters() -> list[dict[str, Any]]:
    """Return the query's parameters as the API's document lists them."""
    schema = Query.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "description": member.pop("description", name),
            "schema": _plain(member),
        }
        for name, member in schema["properties"].items()
    ]


def _plain(member: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter's schema without null, which no query can say."""
    kinds = [kind for kind in member.get("anyOf", [member]) if kind.get("type") != "null"]
    return {name: value for name, value in kinds[0].items() if name not in ("title", "default")}


def _read_query(arguments: Mapping[str, str]) -> Query:
    try:
        return Query.model_validate(dict(arguments))
    except ValidationError as error:
        raise validation_problem(error, Query) from None


def _filters(query: Query, reader: Reader, retention: Retention) -> Filters:
    """Return the filters of a query; raise WindowError for a time that is not kept any more."""
    now = datetime.now(UTC)
    days = retention.longest_row_days(reader.tenants)
    kept_from = now - timedelta(days=days)
    end = query.end or now
    begin = query.begin or max(end - _DEFAULT_WINDOW, kept_from)
    if begin < kept_from or begin > end:
        raise WindowError(days)
    name, equals, value = (query.tag or "").partition("=")
    return Filters(
        begin=begin,
        end=end,
        head=query.head,
        label=query.label,
        abstained=query.abstained,
        corrected=query.corrected,
        tag=(name, value) if equals else None,
        subject_ref=query.subject_ref,
        after=query.cursor,
        limit=query.limit,
    )


def _harmless(prediction_id: str) -> str:
    """Return an id as logs may have it."""
    try:
        time_of(prediction_id)
    except ValueError:
        return "none"
    return prediction_id
