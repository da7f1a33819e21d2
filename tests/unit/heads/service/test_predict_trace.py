"""What one prediction leaves in its caller's trace."""

from typing import Any

from heads.service.predict_trace import PredictTraces
from tests.support.collector import attributes, collecting
from trunkline.otlp.config import OtlpSettings
from trunkline.otlp.opening import open_tracer
from trunkline.otlp.tracing import NoTracer
from trunkline.serving.environ import ACCEPTED_AT

SAMPLED = f"00-{'a' * 32}-{'b' * 16}-01"
ENVIRON: dict[str, Any] = {"HTTP_TRACEPARENT": SAMPLED, ACCEPTED_AT: 1.0, "CONTENT_LENGTH": "12"}


def test_a_prediction_waits_and_predicts() -> None:
    """Under the caller's span; one that failed says so, one that nobody records is none."""
    with collecting() as collector:
        tracer = open_tracer(
            "heads", OtlpSettings(otlp_endpoint=collector.address), lambda *_: None
        )
        traces = PredictTraces(tracer)
        traces.ended(ENVIRON, 1.5)
        traces.ended({**ENVIRON, "HTTP_TRACEPARENT": SAMPLED.replace("a", "c")}, 1.5, failed=True)
        traces.ended({**ENVIRON, "HTTP_TRACEPARENT": SAMPLED[:-1] + "0"}, 1.5)
        traces.ended({}, 1.5)
        tracer.close()
        spans = [span for _, span in collector.spans()]
    own = [span for span in spans if span.name == "POST /v1/predict"]
    (wait, *_) = [span for span in spans if span.name == "wait"]

    assert len(spans) == 6
    assert [span.parent_span_id.hex() for span in own] == ["b" * 16] * 2
    assert [span.status.code == span.status.STATUS_CODE_ERROR for span in own] == [False, True]
    assert attributes(own[0])["http.request.body.size"] == 12
    assert wait.end_time_unix_nano - wait.start_time_unix_nano == 500_000_000


def test_without_a_collector_nothing_is_read() -> None:
    """An environ without any key is enough."""
    PredictTraces(NoTracer()).ended({}, 1.0)
