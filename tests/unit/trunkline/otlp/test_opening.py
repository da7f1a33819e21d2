"""A service's tracer, from its settings to a collector."""

import socket
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.collector import TRACES, attributes, collecting
from trunkline.otlp.config import OtlpRootSettings, OtlpSettings
from trunkline.otlp.opening import open_tracer
from trunkline.otlp.sender import AwayError, RefusedError, Sender
from trunkline.otlp.tracing import NoTracer, Tracer
from trunkline.settings import SettingsError, load

SAMPLED = f"00-{'a' * 32}-{'b' * 16}-01"
UNSAMPLED = f"00-{'a' * 32}-{'b' * 16}-00"


def tracer_of(share: float = 0, **settings: Any) -> Tracer:
    """Open a tracer that counts nothing."""
    return open_tracer("gateway", OtlpSettings(**settings), lambda *_: None, share)


def test_without_a_collector_nothing_is_recorded_and_nothing_loaded() -> None:
    """Off by default; OTLP's messages are not even imported."""
    code = (
        "import sys; from trunkline.otlp.config import OtlpSettings; "
        "from trunkline.otlp.opening import open_tracer; "
        "tracer = open_tracer('x', OtlpSettings(), print); "
        f"assert tracer.begin('{SAMPLED}', 0.0) is None; "
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

    assert isinstance(tracer_of(otlp_endpoint="http://c", otlp_traces=False), NoTracer)


@pytest.mark.parametrize(
    ("given", "share", "recorded"),
    [
        (SAMPLED, 0.0, True),
        (UNSAMPLED, 1.0, False),
        (None, 1.0, True),
        (None, 0.0, False),
        ("nonsense", 1.0, True),
        ("nonsense", 0.0, False),
    ],
)
def test_a_callers_context_decides_and_else_the_lot(
    given: str | None, share: float, recorded: bool
) -> None:
    """A caller that records its request is followed; the share is for those that say nothing."""
    tracer = tracer_of(share, otlp_endpoint="http://127.0.0.1:9")
    trace = tracer.begin(given, 0.0)
    tracer.close()

    assert (trace is not None) is recorded


def test_a_share_is_drawn() -> None:
    """About that many are recorded."""
    tracer = tracer_of(0.25, otlp_endpoint="http://127.0.0.1:9")
    recorded = sum(tracer.begin(None, 0.0) is not None for _ in range(4000))
    tracer.close()

    assert 800 < recorded < 1200


def test_a_span_arrives_with_its_service_and_headers() -> None:
    """The collector gets protobuf under the path of OTLP, and the headers that were set."""
    counted: Counter[str] = Counter()
    with collecting() as collector:
        settings = OtlpSettings(
            otlp_endpoint=collector.address + "/prefix/",
            otlp_headers=SecretStr("x-key=a=b, Other-1=c"),
        )
        tracer = open_tracer("heads", settings, lambda name, n: counted.update({name: n}))
        trace = tracer.begin(SAMPLED, 1.0)
        assert trace is not None
        trace.finish("POST /", 2.5, {"a": 1, "b": "c", "d": 0.5, "e": True}, failed=True)
        tracer.close()
    ((path, headers, _),) = collector.posts
    (body,) = collector.bodies("/prefix" + TRACES)
    collector.posts[:] = [(TRACES, headers, body)]
    ((service, span),) = collector.spans()

    assert path == "/prefix/v1/traces"
    assert headers["Content-Type"] == "application/x-protobuf"
    assert (headers["x-key"], headers["Other-1"]) == ("a=b", "c")
    assert service == "heads"
    assert attributes(span) == {"a": 1, "b": "c", "d": 0.5, "e": True}
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1_500_000_000
    assert span.status.code == span.status.STATUS_CODE_ERROR
    assert counted["sent"] == 1


def test_a_collectors_answer_is_told_apart() -> None:
    """Busy and broken ones are asked again, one that refuses is not."""
    with collecting() as collector:
        sender = Sender(collector.address, {})
        for status in (429, 502, 503, 504):
            collector.status = status
            with pytest.raises(AwayError):
                sender.post(TRACES, b"", 5)
        for status in (301, 400, 401, 404, 413):
            collector.status = status
            with pytest.raises(RefusedError):
                sender.post(TRACES, b"", 5)


def test_an_address_where_nobody_listens_is_away() -> None:
    """A refused connection and a silent collector are one case."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(AwayError):
            Sender(address, {}).post(TRACES, b"", 0.05)
    with pytest.raises(AwayError):
        Sender(address, {}).post(TRACES, b"", 5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTLP_ENDPOINT", "collector:4318"),
        ("OTLP_ENDPOINT", "http://user:secret@collector"),
        ("OTLP_ENDPOINT", "http://collector/?key=secret"),
        ("OTLP_ENDPOINT", "http://collector:99999"),
        ("OTLP_HEADERS", "secret"),
        ("OTLP_HEADERS", "a\r\nb=secret"),
        ("OTLP_HEADERS", "a=se\r\ncret"),
        ("OTLP_TRACE_SHARE", "1.1"),
    ],
)
def test_wrong_settings_are_refused_without_their_value(name: str, value: str) -> None:
    """A mistake ends the start, and no secret stands in its report."""
    with pytest.raises(SettingsError) as refused:
        load(OtlpRootSettings, "X_", {f"X_{name}": value})

    assert name in str(refused.value)
    assert "secret" not in str(refused.value)
