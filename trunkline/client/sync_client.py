"""The blocking client: carries out the core's steps one after the other."""

import time
from collections.abc import Sequence
from types import TracebackType

import httpx2

from trunkline.client import calls, record_calls
from trunkline.client.answers import Answer, Cleaned, HeadSet, Readiness
from trunkline.client.batches import BatchItem, classify_batch
from trunkline.client.mail import Mail, as_mail
from trunkline.client.messages import Reply, Request
from trunkline.client.records import Erasure, Feedback, Page, Prediction, SubjectData
from trunkline.client.retries import RetryPolicy
from trunkline.client.splitting import BatchLimits
from trunkline.client.steps import Result, Send, Sleep, Steps, Terms, answered
from trunkline.client.transport import Address, Body, reply_of_failure


class Client:
    """Calls the gateway at `url`; one may serve many threads, and is closed when done.

    `key` is shown where callers need one. `timeout_s` bounds each call with all its attempts; the
    gateway is told what is left of it. No redirect is followed and no proxy of the environment
    used: another host would get the mail. `transport` takes the place of httpx2's own, for other
    certificates or a proxy. Calls raise ClientError, whose texts repeat nothing that was sent.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        timeout_s: float = 30.0,
        retries: RetryPolicy | None = None,
        limits: BatchLimits | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._address = Address(url, key)
        self._terms = Terms(timeout_s, retries or RetryPolicy(), limits or BatchLimits())
        self._http = httpx2.Client(transport=transport, follow_redirects=False, trust_env=False)

    @property
    def url(self) -> str:
        """The gateway's address."""
        return self._address.url

    @property
    def keyed(self) -> bool:
        """Whether a key is shown."""
        return self._address.keyed

    def classify(
        self,
        mail: Mail | str,
        *,
        heads: Sequence[str] = (),
        tenant: str = "",
        timeout_s: float | None = None,
    ) -> Answer:
        """Return one email's answer, from these heads or from all."""
        headers = calls.tenant_headers(tenant)
        seconds = self._seconds(timeout_s)
        return self._run(calls.classify(as_mail(mail), heads, headers, self._terms, seconds))

    def classify_batch(
        self,
        mails: Sequence[Mail | str],
        *,
        heads: Sequence[str] = (),
        tenant: str = "",
        timeout_s: float | None = None,
    ) -> tuple[BatchItem, ...]:
        """Return any number of emails' outcomes in order, split into requests as needed.

        `timeout_s` bounds them all; without it each request has the client's own. Raises only
        where nothing was answered at all.
        """
        headers = calls.tenant_headers(tenant)
        batch = [as_mail(mail) for mail in mails]
        return self._run(classify_batch(batch, heads, headers, self._terms, timeout_s))

    def clean(self, mail: Mail | str, *, timeout_s: float | None = None) -> Cleaned:
        """Return what the cleaner keeps and cuts of one email; no head runs."""
        return self._run(calls.clean(as_mail(mail), self._terms, self._seconds(timeout_s)))

    def heads(self, *, timeout_s: float | None = None) -> HeadSet:
        """Return the heads that are served."""
        return self._run(calls.heads(self._terms, self._seconds(timeout_s)))

    def ready(self, *, timeout_s: float | None = None) -> Readiness:
        """Return whether an email would be answered now; asked once."""
        return self._run(calls.ready(self._terms, self._seconds(timeout_s)))

    def feedback(
        self,
        prediction_id: str,
        head: str,
        label: str,
        *,
        by: str,
        comment: str = "",
        idempotency_key: str = "",
        timeout_s: float | None = None,
    ) -> Feedback:
        """Say what a head should have answered; a repeat under one key counts once.

        `by` is who says so: opaque, no address. Without a key each call has one of its own.
        """
        sent = {"prediction_id": prediction_id, "head": head, "label": label, "by": by}
        sent |= {"comment": comment} if comment else {}
        seconds = self._seconds(timeout_s)
        return self._run(record_calls.feedback(sent, idempotency_key, self._terms, seconds))

    def prediction(
        self, prediction_id: str, *, words: bool = False, timeout_s: float | None = None
    ) -> Prediction:
        """Return one recorded answer; its words need the scope read_text."""
        seconds = self._seconds(timeout_s)
        steps = record_calls.prediction(prediction_id, self._terms, seconds, words=words)
        return self._run(steps)

    def predictions(
        self, *, timeout_s: float | None = None, **filters: record_calls.Filter
    ) -> Page:
        """Return a page of recorded answers; `filters` are the route's query parameters.

        `from` is a word of Python's: write `**{"from": moment}`.
        """
        seconds = self._seconds(timeout_s)
        return self._run(record_calls.predictions(filters, self._terms, seconds))

    def subject(self, ref: str, *, tenant: str = "", timeout_s: float | None = None) -> SubjectData:
        """Return everything that is held of a subject."""
        headers = calls.tenant_headers(tenant)
        seconds = self._seconds(timeout_s)
        return self._run(record_calls.subject(ref, headers, self._terms, seconds))

    def erase(self, ref: str, *, tenant: str = "", timeout_s: float | None = None) -> Erasure:
        """Erase everything that is held of a subject."""
        headers = calls.tenant_headers(tenant)
        seconds = self._seconds(timeout_s)
        return self._run(record_calls.erase(ref, headers, self._terms, seconds))

    def send(self, request: Request, *, timeout_s: float | None = None) -> Reply:
        """Return the reply to any request, with retries; raises for nothing that happens there."""
        return self._run(answered(request, self._terms, self._seconds(timeout_s)))

    def close(self) -> None:
        """Give up connections."""
        self._http.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _seconds(self, timeout_s: float | None) -> float:
        return self._terms.timeout_s if timeout_s is None else timeout_s

    def _run(self, steps: Steps[Result]) -> Result:
        reply: Reply | None = None
        while True:
            try:
                effect = steps.send(reply)
            except StopIteration as done:
                result: Result = done.value
                return result
            reply = self._act(effect)

    def _act(self, effect: Send | Sleep) -> Reply | None:
        if isinstance(effect, Sleep):
            time.sleep(effect.seconds)
            return None
        body = Body(effect.timeout_s)
        try:
            response = self._http.send(self._address.request(self._http, effect), stream=True)
            try:
                for piece in response.iter_bytes():
                    body.add(piece)
            finally:
                response.close()
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return reply_of_failure(error)
        return body.reply(response.status_code, response.headers)
