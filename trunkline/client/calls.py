"""The API's calls as steps: each makes its request and reads the typed answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from trunkline.client.answers import Answer, Cleaned, HeadSet, Readiness
from trunkline.client.errors import NoAnswerError, error_of
from trunkline.client.mail import Mail, encoded
from trunkline.client.messages import JSON, MESSAGE, Reply, Request
from trunkline.client.retries import ONCE
from trunkline.client.steps import Steps, Terms, answered

Model = TypeVar("Model", bound=BaseModel)


def classify(
    mail: Mail, heads: Sequence[str], headers: Mapping[str, str], terms: Terms, timeout_s: float
) -> Steps[Answer]:
    """Return one email's answer."""
    request = _mail_request("/v1/classify", mail, heads, headers)
    return typed(Answer, (yield from answered(request, terms, timeout_s)))


def clean(mail: Mail, terms: Terms, timeout_s: float) -> Steps[Cleaned]:
    """Return what the cleaner keeps and cuts of one email."""
    request = _mail_request("/v1/clean", mail, (), {})
    return typed(Cleaned, (yield from answered(request, terms, timeout_s)))


def heads(terms: Terms, timeout_s: float) -> Steps[HeadSet]:
    """Return the heads that are served."""
    request = Request("GET", "/v1/heads")
    return typed(HeadSet, (yield from answered(request, terms, timeout_s)))


def ready(terms: Terms, timeout_s: float) -> Steps[Readiness]:
    """Return whether the gateway is ready, asked once; 503 is an answer here."""
    request = Request("GET", "/readyz", keyed=False)
    reply = yield from answered(request, replace(terms, retries=ONCE), timeout_s)
    if reply.status == 503 and "ready" in reply.content:
        return _parsed(Readiness, reply)
    return typed(Readiness, reply)


def tenant_headers(tenant: str) -> Mapping[str, str]:
    """Return the header that names whose email it is; raise ValueError for what none can carry."""
    if not (tenant.isascii() and tenant.isprintable()):
        raise ValueError("a tenant is printable ASCII")
    return {"X-Tenant-Id": tenant} if tenant else {}


def typed(model: type[Model], reply: Reply) -> Model:
    """Return a reply as its type; raise the ClientError of one that is no answer."""
    if not reply.ok:
        raise error_of(reply)
    return _parsed(model, reply)


def _mail_request(
    path: str, mail: Mail, asked: Sequence[str], headers: Mapping[str, str]
) -> Request:
    if not mail.is_bare_message:
        members = {**mail.members(), **({"heads": list(asked)} if asked else {})}
        return Request("POST", path, encoded(members), {**JSON, **headers})
    # As it is: a message may be larger so, and is not blown up by base64.
    options = {
        "heads": ",".join(asked),
        "own_domains": ",".join(mail.own_domains),
        "scope": "" if mail.scope == "newest" else mail.scope,
        "subject_ref": mail.subject_ref,
        "tags": ",".join(f"{name}={value}" for name, value in mail.tags.items()),
    }
    query = urlencode({name: value for name, value in options.items() if value})
    path = f"{path}?{query}" if query else path
    return Request("POST", path, mail.raw, {**MESSAGE, **headers})


def _parsed(model: type[Model], reply: Reply) -> Model:
    try:
        return model.model_validate(reply.content)
    except ValidationError:
        pass  # raised outside: that error quotes the answer, and would be this one's context
    raise NoAnswerError(f"{reply.status}: the answer has another shape", reply.status, None)
