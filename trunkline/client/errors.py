"""Errors of calls: a problem that the gateway answered, or no answer; none repeats a mail."""

import re

from pydantic import ValidationError

from trunkline.client.answers import Problem
from trunkline.client.messages import Reply

# What may stand in the text of an error, whoever answered: codes and fields, never prose.
_CODE = re.compile(r"[a-z0-9_.-]{1,64}")
_FIELD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")


class ClientError(Exception):
    """A call that brought no answer; `status` is 0 where nothing came back.

    `retry_after_s` is when to come back, where that was given.
    """

    def __init__(self, text: str, status: int, retry_after_s: float | None) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after_s = retry_after_s


class NoAnswerError(ClientError):
    """Nothing came in time, or what came was no answer of a gateway; the text is the reason."""


class ProblemError(ClientError):
    """The gateway refused or failed; `problem` is its document, `code` the stable word of it.

    The text holds status, code, fields and limit. `problem.detail` is for people, and left out.
    """

    def __init__(self, status: int, problem: Problem, retry_after_s: float | None = None) -> None:
        super().__init__(_summary(status, problem), status, retry_after_s)
        self.problem = problem

    @property
    def code(self) -> str:
        """The problem's stable code, such as "validation_failed"."""
        return self.problem.code

    @property
    def request_id(self) -> str:
        """What the gateway's log calls the request."""
        return self.problem.id


def error_of(reply: Reply) -> ClientError:
    """Return the error of a reply that is no answer."""
    if reply.content.get("code"):
        return problem_error(reply.status, reply.content, reply.retry_after_s)
    why = reply.problem or "no problem document"
    text = f"{reply.status or 'no answer'}: {why}"
    return NoAnswerError(text, reply.status, reply.retry_after_s)


def problem_error(status: int, document: object, retry_after_s: float | None) -> ProblemError:
    """Return the error that a problem document stands for, an empty one for any other value."""
    try:
        problem = Problem.model_validate(document)
    except ValidationError:
        problem = Problem()
    return ProblemError(status, problem, retry_after_s)


def _summary(status: int, problem: Problem) -> str:
    fields = [(problem.field, "", problem.limit)] if problem.field else []
    fields += [(error.field, error.code, error.limit) for error in problem.errors[:5]]
    reasons = [
        " ".join(
            part
            for part in (
                name if _FIELD.fullmatch(name) else "a field",
                code if _CODE.fullmatch(code) else "",
                "" if limit is None else f"limit {limit}",
            )
            if part
        )
        for name, code, limit in fields
    ]
    code = problem.code if _CODE.fullmatch(problem.code) else "without a code"
    return f"{status} {code}" + (f" ({'; '.join(reasons)})" if reasons else "")
