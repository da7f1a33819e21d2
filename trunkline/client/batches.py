"""Classifies any number of emails: splits them into bodies, joins the outcomes in order."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import ValidationError

from trunkline.client.answers import Answer
from trunkline.client.errors import (
    ClientError,
    NoAnswerError,
    ProblemError,
    error_of,
    problem_error,
)
from trunkline.client.mail import Mail, encoded
from trunkline.client.messages import COME_BACK, JSON, Reply, Request
from trunkline.client.splitting import BatchLimits, split
from trunkline.client.steps import Steps, Terms, retrying

_PATH = "/v1/classify/batch"
_BEGIN = b'{"items":['


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One email's outcome: its answer, or the error that it alone or its whole request had."""

    answer: Answer | None = None
    error: ClientError | None = None

    def result(self) -> Answer:
        """Return the answer; raise the error where there is none."""
        if self.answer is not None:
            return self.answer
        raise self.error or NoAnswerError("not sent", 0, None)


def classify_batch(
    mails: Sequence[Mail],
    heads: Sequence[str],
    headers: Mapping[str, str],
    terms: Terms,
    timeout_s: float | None,
) -> Steps[tuple[BatchItem, ...]]:
    """Return each email's outcome, in order; raise the error of a call that brought none at all.

    `timeout_s` is for all of them together; without it each body has the client's own. A body
    that fails as a whole ends the call: what was not sent yet has its error.
    """
    items = [encoded(mail.members()) for mail in mails]
    frame = _Frame(encoded(list(heads)) if heads else b"", {**JSON, **headers})
    limits = terms.limits
    end = None if timeout_s is None else terms.clock() + timeout_s
    bodies, outcomes, anything = deque(_bodies(items, frame, limits)), list[BatchItem](), False
    while bodies:
        body = bodies.popleft()
        left = terms.timeout_s if end is None else end - terms.clock()
        reply = yield from retrying(body.request(), body.take, terms, left)
        limit = body.lower_limit(reply)
        if limit is not None:
            limits = replace(limits, max_bytes=limit)
            rest = [*body.items, *(item for later in bodies for item in later.items)]
            bodies = deque(_bodies(rest, frame, limits))
            continue
        anything = anything or body.heard
        outcomes += body.outcomes(reply)
        if not body.heard and not (reply.status == 413 and len(body.items) == 1):
            break
    if outcomes and not anything:
        outcomes[0].result()
    failed = outcomes[-1:] * (len(items) - len(outcomes))
    return (*outcomes, *failed)


@dataclass(frozen=True, slots=True)
class _Frame:
    heads: bytes  # JSON, empty for all of them
    headers: Mapping[str, str]

    @property
    def end(self) -> bytes:
        return b"]" + (b',"heads":' + self.heads if self.heads else b"") + b"}"

    def request(self, items: Sequence[bytes]) -> Request:
        return Request("POST", _PATH, _BEGIN + b",".join(items) + self.end, self.headers)


def _bodies(items: Sequence[bytes], frame: _Frame, limits: BatchLimits) -> Iterator["_Body"]:
    size = len(_BEGIN) + len(frame.end)
    for part in split([len(item) for item in items], size, limits):
        yield _Body([items[index] for index in part], frame)


class _Body:
    """The items of one body, and their outcomes over the times that it is sent.

    Items that were refused for now are sent again alone; `heard`: a batch's answer has come.
    """

    def __init__(self, items: Sequence[bytes], frame: _Frame) -> None:
        self.items = items
        self.heard = False
        self._frame = frame
        self._outcomes: dict[int, BatchItem] = {}
        self._open = list(range(len(items)))

    def request(self) -> Request:
        """Return the request for the items that are open."""
        return self._frame.request([self.items[index] for index in self._open])

    def take(self, reply: Reply) -> Request | None:
        """Take the outcomes from a reply and return the request for what may be sent again."""
        if not reply.ok:
            return self.request() if reply.may_repeat else None
        listed = reply.content.get("items")
        if not isinstance(listed, list) or len(listed) != len(self._open):
            listed = [None] * len(self._open)
        self.heard = True
        for index, item in zip(self._open, listed, strict=True):
            self._outcomes[index] = _outcome(item, reply.retry_after_s)
        self._open = [index for index in self._open if _is_postponed(self._outcomes[index])]
        return self.request() if self._open else None

    def lower_limit(self, reply: Reply) -> int | None:
        """Return the gateway's own limit where this body was too large and can be split."""
        limit = reply.content.get("limit")
        larger = len(self.request().body or b"")
        splits = reply.status == 413 and len(self.items) > 1 and not self.heard
        return limit if splits and isinstance(limit, int) and 0 < limit < larger else None

    def outcomes(self, last: Reply) -> list[BatchItem]:
        """Return every item's outcome; one that was never answered has the last reply's error."""
        missing = BatchItem(error=error_of(last))
        return [self._outcomes.get(index, missing) for index in range(len(self.items))]


def _outcome(item: object, retry_after_s: float | None) -> BatchItem:
    if isinstance(item, Mapping) and item.get("status") == 200:
        try:
            return BatchItem(Answer.model_validate(item.get("answer")))
        except ValidationError:  # its text would quote the answer
            pass
    elif isinstance(item, Mapping) and isinstance(item.get("status"), int):
        return BatchItem(error=problem_error(item["status"], item.get("problem"), retry_after_s))
    return BatchItem(error=NoAnswerError("200: the answer has another shape", 200, None))


def _is_postponed(item: BatchItem) -> bool:
    return isinstance(item.error, ProblemError) and item.error.status in COME_BACK
