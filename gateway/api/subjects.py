"""`/v1/subjects/{ref}`: what is held of a subject, and its erasure."""

from typing import Any

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json
from werkzeug.routing import BaseConverter

from gateway.api import query
from gateway.api.caller_fields import SUBJECT_REF, SubjectRef
from gateway.api.classify import json_response
from gateway.api.log_models import ErasureShape, SubjectShape
from gateway.api.openapi import HEADERS, documented
from gateway.auth.guard import current_caller, current_tenant, requires
from gateway.errors import FieldError, ValidationFailedError
from gateway.prediction_log.access import LogAccess
from gateway.prediction_log.values import Subject

_REFERENCE: TypeAdapter[str] = TypeAdapter(SubjectRef)
_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "ref",
        "in": "path",
        "required": True,
        "description": "the `subject_ref` that came with the emails",
        "schema": {"type": "string", "pattern": SUBJECT_REF},
    },
    *(header for header in HEADERS if header["name"] == "X-Tenant-Id"),
]
_REFUSED = ("400", "401", "403", "422", "429", "500", "501", "503")


def subjects(access: LogAccess) -> Blueprint:
    """Return the routes; a subject is one of the tenant that the caller names."""
    routes = Blueprint("subjects", __name__, url_prefix="/v1")
    routes.record_once(_add_converter)

    @routes.get("/subjects/<reference:ref>", merge_slashes=False)
    @requires("read_text", stores=True)
    @documented(
        "showSubject",
        "Everything that is held of a subject, words included",
        "predictions",
        SubjectShape,
        parameters=_PARAMETERS,
        problems=_REFUSED,
        description="What was answered within the last seconds may be missing. Audited.",
    )
    def show_subject(ref: str) -> Response:
        query.refuse_unknown()
        return json_response(to_json(access.database().held(_subject(ref), _actor())))

    @routes.delete("/subjects/<reference:ref>", merge_slashes=False)
    @requires("erase", stores=True)
    @documented(
        "eraseSubject",
        "Erase everything that is held of a subject",
        "predictions",
        ErasureShape,
        parameters=_PARAMETERS,
        problems=_REFUSED,
        description="Rows, words and vectors are gone with the answer, also those that wait for "
        "the database; caches of gateways and embedders forget within 5 s. The erasure is "
        "recorded without content. Emails that come later are recorded anew.",
    )
    def erase_subject(ref: str) -> Response:
        query.refuse_unknown()
        erased = access.database().erase(_subject(ref), _actor())
        answer = {"id": erased.id, "at": erased.asked_at, "rows": erased.counts}
        return json_response(to_json(answer))

    return routes


class _Reference(BaseConverter):
    """All that follows: where slashes were merged, `/a` would be the subject `a`."""

    regex = ".+"
    part_isolating = False


def _add_converter(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["reference"] = _Reference


def _subject(ref: str) -> Subject:
    try:
        return Subject(current_tenant(), _REFERENCE.validate_python(ref))
    except ValidationError:
        message = "must be what came with the emails: visible ASCII without @"
        raise ValidationFailedError([FieldError("ref", "invalid_value", message)]) from None


def _actor() -> str:
    return f"key:{current_caller().key_id or ''}"
