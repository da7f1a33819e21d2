"""Asks a heads service over HTTP, on connections that stay open."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as UrllibTimeout

from heads.explanation import HeadAttribution
from heads.pools import attribution_wire, wire
from heads.pools.asking import Asked, headers_of, single_body
from heads.pools.choices import Choices
from heads.pools.plain_http import Reply
from heads.pools.remote_process import RemoteProcess
from heads.pools.replicated_http import WORTH_S, ReplicatedHttp
from heads.prediction import (
    AttributionRequest,
    HeadScores,
    HeadSet,
    PredictRequest,
    ScoreTable,
)
from heads.registry.snapshot import Ref
from trunkline.repeats import RepeatBudget
from trunkline.replica_observer import Observer

log = structlog.get_logger(__name__)

_LEAST_REFRESH_S = 0.01
MAX_AGE_S = 0.5
"""A head set that was asked for longer ago is not handed out while its service answers."""
_FETCH_TIMEOUT_S = 1.0
_LEAST_BETWEEN_FETCHES_S = 0.05
_UNKNOWN = ("unknown_head", "unknown_version")


class RemotePool:
    """A Pool over the heads service at `url`; thread-safe, and safe to make before a fork.

    `head_set()` answers from memory, which a thread renews every `refresh_s` also while nobody
    asks. The first call of a process waits for the service, at most `first_timeout_s`, and so does
    one that finds the memory older than MAX_AGE_S because the thread was held up. While the service
    does not answer, its last head set stays. Such a service costs a request at most its
    `timeout_s`; every asked head is then "unavailable". `on_change` gets every new generation.
    """

    def __init__(
        self,
        url: str,
        *,
        refresh_s: float = 0.25,
        first_timeout_s: float = 2.0,
        connections: int = 64,
        name: str = "heads",
        observer: Observer | None = None,
        clock: Callable[[], float] = time.monotonic,
        on_change: Callable[[int], object] | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._refresh_s = refresh_s
        self._first_timeout_s = first_timeout_s
        self._connections = connections
        self._name = name
        self._observer = observer
        self._clock = clock
        self._on_change = on_change
        self._choices = Choices(Asked)
        self._budget = RepeatBudget()
        self._lock = threading.Lock()
        self._current: RemoteProcess | None = None

    def head_set(self, *, newest: bool = False) -> HeadSet:
        """See Pool; generation 0 if the service never answered."""
        process = self._process()
        if not process.has_asked:
            self._ask_first(process)
        elif newest:
            self._renew(process, self._clock(), _FETCH_TIMEOUT_S, newest=True)
        elif self._clock() - process.asked_at > MAX_AGE_S:
            self._renew(process, self._clock() - MAX_AGE_S, MAX_AGE_S)
        if not process.is_followed():
            self._start_following(process)
        return process.shown()

    def known_head_set(self) -> HeadSet | None:
        """See Pool: None before the first answer, and while the memory is too old."""
        process = self._current
        if process is None or process.pid != os.getpid() or not process.has_asked:
            return None
        is_new = self._clock() - process.asked_at <= MAX_AGE_S
        return process.shown() if is_new or process.reported_away else None

    def predict(self, request: PredictRequest) -> Mapping[str, HeadScores]:
        """See Pool; texts travel only when an asked head reads them."""
        asked = self._choices.of(request)
        refs = asked.refs
        if not refs or not request.rows:
            return {}
        try:
            answers = self._answers(request, asked)
        except _RefusedError as error:
            return request.all_unavailable(str(error), "error")
        except HTTPError as error:
            log.warning("heads_service_away", url=self._url, error=type(error).__name__)
            return request.all_unavailable(f"the heads service is away: {type(error).__name__}")
        except (ValueError, KeyError) as error:
            return request.all_unavailable(f"{type(error).__name__}: {error}", "error")
        if isinstance(answers, ScoreTable):
            return answers
        if [answer.name for answer in answers] != [name for name, _ in refs.values()]:
            return request.all_unavailable("the service answered for other heads", "error")
        return dict(zip(refs, answers, strict=True))

    def attribute(self, request: AttributionRequest) -> HeadAttribution:
        """See Pool."""
        body, headers = attribution_wire.request_bytes(request), {"Content-Type": wire.MEDIA_TYPE}
        try:
            http = self._process().http
            reply = http.request("POST", "/v1/attribution", request.timeout_s, body, headers)
            if reply.status == 404:
                return request.failed("the heads service is of an earlier release", "unsupported")
            if reply.status != 200:
                return request.failed(f"the heads service answered {reply.status}")
            return attribution_wire.parse_response(reply.data)
        except HTTPError as error:
            return request.failed(f"the heads service is away: {type(error).__name__}")
        except ValueError as error:
            return request.failed(f"{type(error).__name__}: {error}", "error")

    def close(self) -> None:
        """Close this process's connections."""
        with self._lock:
            process, self._current = self._current, None
        if process is not None:
            process.stopped.set()
            process.http.close()

    def _answers(self, request: PredictRequest, asked: Asked) -> ScoreTable | list[HeadScores]:
        """Ask for every ref; once more for versions unknown there, if the budget allows it.

        While a release replaces another, what one replica does not know the next one serves.
        """
        ends = time.monotonic() + request.timeout_s
        answers = self._ask(request, asked)
        if isinstance(answers, ScoreTable):
            self._budget.earn()
            return answers
        refs = tuple(asked.refs.values())
        pairs = enumerate(zip(refs, answers, strict=False))
        unknown = [i for i, (ref, answer) in pairs if ref[1] and answer.status in _UNKNOWN]
        if not unknown:
            self._budget.earn()
            return answers
        left_s = ends - time.monotonic()
        if left_s < WORTH_S or not self._budget.allows():
            return answers
        self._budget.spend()
        try:
            again = self._post(request, [refs[i] for i in unknown], left_s)
        except (HTTPError, _RefusedError, ValueError, KeyError):
            return answers
        known = dict(zip(unknown, again, strict=False))
        return [known.get(i, answer) for i, answer in enumerate(answers)]

    def _ask(self, request: PredictRequest, asked: Asked) -> ScoreTable | list[HeadScores]:
        body, rows_at = asked.body(request)
        headers = headers_of(request, rows_at)
        reply = self._call("POST", "/v1/predict", request.timeout_s, body, headers).data
        return asked.parse(reply, request)

    def _post(
        self, request: PredictRequest, refs: Sequence[Ref], timeout_s: float
    ) -> list[HeadScores]:
        headers, body = headers_of(request), single_body(request, refs)
        reply = self._call("POST", "/v1/predict", timeout_s, body, headers).data
        return wire.parse_response(reply, request.head_set)

    def _call(
        self, method: str, path: str, timeout_s: float, body: bytes | None, headers: dict[str, str]
    ) -> Reply:
        response = self._process().http.request(method, path, timeout_s, body, headers)
        if response.status >= 500:
            raise UrllibTimeout(f"status {response.status}")
        if response.status not in (200, 304):  # the second only where a tag was sent
            raise _RefusedError(
                f"the heads service answered {response.status}: {response.data[:300]!r}"
            )
        return response

    def _ask_first(self, process: RemoteProcess) -> None:
        """Ask the service once; whoever comes meanwhile waits for the same answer."""
        with process.asking:
            if not process.has_asked:
                self._fetch_head_set(process, self._first_timeout_s)

    def _renew(
        self, process: RemoteProcess, since: float, timeout_s: float, *, newest: bool = False
    ) -> None:
        """Ask the service unless somebody has since `since`, or it is away; share one answer."""
        if process.reported_away or not process.asking.acquire(timeout=timeout_s):
            return
        try:
            if process.asked_at <= since and not process.reported_away:
                waits_s = process.asked_at + _LEAST_BETWEEN_FETCHES_S - self._clock()
                process.stopped.wait(waits_s)
                self._fetch_head_set(process, timeout_s, newest=newest)
        finally:
            process.asking.release()

    def _start_following(self, process: RemoteProcess) -> None:
        """Start the thread that keeps the head set new."""
        with self._lock:
            if process.is_followed():
                return
            thread = threading.Thread(target=self._follow, args=(process,), daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no thread is left; what is known goes on being served
                log.warning("head_set_not_refreshed", url=self._url, error=str(error))
                return
            process.follower = thread

    def _follow(self, process: RemoteProcess) -> None:
        while not process.stopped.wait(max(self._refresh_s, _LEAST_REFRESH_S)):
            with process.asking:
                self._fetch_head_set(process, _FETCH_TIMEOUT_S)

    def _fetch_head_set(
        self, process: RemoteProcess, timeout_s: float, *, newest: bool = False
    ) -> None:
        """Learn what is served; never raise, as that would end all following.

        `process.asking` is held. A head set that is known already is not sent again; `newest`
        makes the service look into its catalog first.
        """
        headers = {"Accept": wire.MEDIA_TYPE}
        if process.tag:
            headers["If-None-Match"] = process.tag
        if newest:
            headers["Cache-Control"] = "no-cache"
        asked_at = self._clock()
        try:
            response = self._call("GET", "/v1/heads", timeout_s, None, headers)
            if response.status != 304:
                process.head_set = wire.parse_describe(response.data)
                process.tag = response.headers.get("etag", "")
                if self._on_change is not None:
                    self._on_change(process.head_set.generation)
            process.asked_at = asked_at
            if process.reported_away:
                log.info("head_set_refreshed_again", url=self._url)
            process.reported_away = False
        except (HTTPError, ValueError, _RefusedError) as error:
            if not process.reported_away:  # once an absence, not twice a second
                log.warning("head_set_not_refreshed", url=self._url, error=str(error)[:300])
            process.reported_away = True
        except Exception:  # a bug in one answer must not end all asking
            if not process.reported_away:
                log.exception("head_set_fetch_failed", url=self._url)
            process.reported_away = True
        finally:
            process.has_asked = True

    def _process(self) -> RemoteProcess:
        process = self._current
        if process is None or process.pid != os.getpid():
            with self._lock:
                process = self._current
                if process is None or process.pid != os.getpid():
                    http = ReplicatedHttp(self._url, self._connections, self._name, self._observer)
                    process = self._current = RemoteProcess(os.getpid(), http)
        return process


class _RefusedError(Exception):
    """The service answered with a client error: asking again would not help."""
