"""What is asked at once is answered as ever from what is ready, or declined before it counts."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from embedder.testing.embedder import FakeEmbedder
from tests.support.pools import head_set, info
from tests.unit.gateway.api.test_shortcut import (
    ALL_STORED,
    ORIGIN,
    OTHER_SCOPE,
    PLAIN,
    REFUSED,
    SHOWN,
    Made,
    counted,
    environ,
    request_of,
    shown,
)
from trunkline.serving.environ import AT_ONCE, REPEATABLE, NotAtOnceError

RULED = "a rule decides"  # nothing is cached of its answer


@pytest.fixture
def made() -> Iterator[Made]:
    """Yield a gateway that keeps answers and cleaned mails, and asks for keys."""
    keys = "\n".join(stored.line() for stored in ALL_STORED)
    made = Made(
        FakeEmbedder(), keys, answer_cache_bytes=1_000_000, cors_origins=ORIGIN, max_body_bytes=2000
    )
    yield made
    made.gateway.close()


def at_once(made: Made, request: Mapping[str, Any]) -> Response:
    """Ask the application as the worker's poller does."""
    return Response(*run_wsgi_app(made.app.wsgi_app, {**environ(request), AT_ONCE: True}))


@pytest.mark.parametrize("name", [name for name in PLAIN if name != RULED])
def test_what_is_cached_is_answered_as_ever(made: Made, name: str) -> None:
    """Status, headers, members, metrics: all as by the road that may wait."""
    request = request_of(PLAIN[name])
    made.by_flask(**request)
    assert shown(at_once(made, request)) == shown(made.by_shortcut(**request))

    def asked(**request: Any) -> Response:
        return at_once(made, request)

    assert counted(asked, request) == counted(made.by_shortcut, request)
    assert made.asked_flask == 1


@pytest.mark.parametrize("name", [*PLAIN, *REFUSED])
def test_what_is_not_cached_is_declined_uncounted(made: Made, name: str) -> None:
    """Or refused in the route's words: no embedder, cleaner or head is asked in the poller."""
    request = request_of({**PLAIN, **REFUSED}[name])
    made.embedder.calls.clear()

    def asked(**request: Any) -> None:
        with pytest.raises(NotAtOnceError):
            at_once(made, request)

    try:
        grown = counted(asked, request)  # type: ignore[arg-type]
    except pytest.fail.Exception:
        assert name in ("a wrong timeout", "no JSON", "a wrong field")
        assert shown(at_once(made, request)) == shown(made.by_flask(**request))
    else:
        assert not any(grown.values())
    assert made.embedder.calls == []


def test_only_cached_answers_may_be_asked_for_at_once(made: Made) -> None:
    """The first answer of a text was waited for, the second was ready."""

    def told() -> object:
        sent = environ(request_of({}))
        assert list(made.app.wsgi_app(sent, lambda *_: print))
        return sent[REPEATABLE]

    assert [told(), told()] == [False, True]


def test_what_no_longer_fits_is_declined(made: Made) -> None:
    """A key without the scope, new heads, heads that fit no encoder: a thread sees to it."""
    request = request_of({})
    made.by_flask(**request)
    assert at_once(made, request).status_code == 200
    strange = {**request, "headers": {**SHOWN, "Authorization": f"Bearer {OTHER_SCOPE}"}}
    served = made.pool.served
    for asked, heads in (
        (strange, served),
        (request, replace(served, generation=served.generation + 1)),
        (request, replace(head_set(info("intent", fingerprint="other")), generation=99)),
    ):
        made.pool.served = heads
        with pytest.raises(NotAtOnceError):
            at_once(made, asked)
    made.pool.served, made.pool.asking = served, True
    with pytest.raises(NotAtOnceError):
        at_once(made, request)
    made.pool.asking = False
    assert at_once(made, request).status_code == 200


@pytest.mark.parametrize("settings", [{"clean_cache_bytes": 0}, {"answer_cache_bytes": 0}])
def test_what_can_never_be_ready_is_not_announced(settings: Mapping[str, int]) -> None:
    """Nobody is asked at once in vain, each time anew."""
    kept: dict[str, Any] = {"answer_cache_bytes": 1_000_000, **settings}
    made = Made(FakeEmbedder(), **kept)
    try:
        for _ in range(3):
            sent = environ(request_of({}))
            assert list(made.app.wsgi_app(sent, lambda *_: print))
            assert sent[REPEATABLE] is False
    finally:
        made.gateway.close()
