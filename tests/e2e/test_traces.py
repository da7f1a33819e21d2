"""Traces and metrics of the three services as they run, without a word of the mail."""

import re
from collections.abc import Iterator

import pytest
import urllib3

from loadtests.stack.stack import Stack, running_stack
from tests.support.collector import TRACES, Collector, attributes, collecting
from tests.support.waiting import PATIENT, WAIT_S, until

pytestmark = pytest.mark.e2e

CALLER = "b2" * 8
CANARY = "zanzibar"
TEXT = f"We have no budget for {CANARY}; ask Jane, jane@{CANARY}.example."
PREFIXES = ("GATEWAY", "HEADS", "EMBEDDER")


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Run one collector for all."""
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Stack]:
    """Run one stack that sends its traces and metrics there."""
    env = {f"{prefix}_OTLP_ENDPOINT": collector.address for prefix in PREFIXES}
    env |= {f"{prefix}_OTLP_METRICS_INTERVAL_S": "0.5" for prefix in PREFIXES}
    env |= {"GATEWAY_OTLP_TRACE_SHARE": "0", "GATEWAY_WORKERS": "2"}
    with running_stack(tmp_path_factory.mktemp("stack"), {**PATIENT, **env}) as running:
        yield running


def post(stack: Stack, trace_id: str, body: bytes, media_type: str) -> None:
    """Send one mail under a recorded context."""
    headers = {
        "Content-Type": media_type,
        "traceparent": f"00-{trace_id}-{CALLER}-01",
        "User-Agent": CANARY,
    }
    answer = urllib3.request(
        "POST", f"{stack.gateway_url}/v1/classify", body=body, headers=headers, timeout=WAIT_S
    )
    assert answer.status == 200


ROADS = {
    "past Flask": ("application/json", f'{{"text": "{TEXT} One."}}'),
    "by Flask": ("message/rfc822", f"From: jane@{CANARY}.example\r\n\r\n{TEXT} Two.\r\n"),
}


@pytest.mark.parametrize("road", ROADS)
def test_one_request_is_one_trace(stack: Stack, collector: Collector, road: str) -> None:
    """Every span has the caller's trace id and the parent that made its call."""
    media_type, body = ROADS[road]
    trace_id = f"{len(road):02x}" * 16
    post(stack, trace_id, body.encode(), media_type)
    spans = collector.spans_of(trace_id, 12)
    parents = {span.span_id: key for key, span in spans.items()}
    tree = {key: parents.get(span.parent_span_id) for key, span in spans.items()}
    root = ("gateway", "POST /v1/classify")
    embed = ("embedder", "embedder.v1.EmbedderService/Embed")
    predict = ("heads", "POST /v1/predict")

    assert spans[root].parent_span_id.hex() == CALLER
    assert tree == {
        root: None,
        **{("gateway", name): root for name in ("wait", "clean", "embed", "heads")},
        embed: ("gateway", "embed"),
        **{("embedder", name): embed for name in ("tokenize", "queue", "forward")},
        predict: ("gateway", "heads"),
        **{("heads", name): predict for name in ("wait", "predict")},
    }
    assert attributes(spans["embedder", "forward"])["trunkline.batch.texts"] == 1
    for key, parent in tree.items():
        if parent is not None:
            assert spans[parent].start_time_unix_nano <= spans[key].end_time_unix_nano
            assert spans[key].start_time_unix_nano <= spans[key].end_time_unix_nano


def test_no_word_of_a_mail_reaches_the_collector(stack: Stack, collector: Collector) -> None:
    """Neither text nor address nor header is in any byte that was sent."""
    media_type, body = ROADS["by Flask"]
    post(stack, "cc" * 16, body.encode(), media_type)
    until(lambda: collector.spans_of("cc" * 16, 1))
    sent = b"".join(collector.bodies(TRACES)).lower()

    assert CANARY.encode() not in sent
    assert b"jane" not in sent


def test_metrics_come_by_otlp_under_the_same_names(stack: Stack, collector: Collector) -> None:
    """What each service shows it sends, one of the gateway's workers for both."""
    post(stack, "ee" * 16, b'{"text": "No budget for this, four."}', "application/json")
    pages = (stack.embedder_metrics, f"{stack.heads_url}/metrics", f"{stack.gateway_url}/metrics")
    shown = "".join(urllib3.request("GET", page).data.decode() for page in pages)
    ours = r"^((?:gateway|heads|embedder)_\w+?)(?:_bucket|_sum|_count)?[{ ]"
    names = {n for n in re.findall(ours, shown, re.MULTILINE) if not n.endswith("_created")}

    def missing() -> set[str]:
        return names - {name for sent in collector.latest_metrics().values() for name in sent}

    until(lambda: not missing(), "some metrics did not come")

    assert len(names) > 40
    assert [service for service, _ in collector.latest_metrics()].count("gateway") == 1


def test_the_spans_that_were_sent_are_counted(stack: Stack, collector: Collector) -> None:
    """All three services show it in their metrics."""
    post(stack, "dd" * 16, b'{"text": "No budget for this, three."}', "application/json")
    collector.spans_of("dd" * 16, 12)

    def counted() -> bool:
        pages = [
            stack.embedder_metrics, f"{stack.heads_url}/metrics", f"{stack.gateway_url}/metrics",
        ]  # fmt: skip
        shown = "".join(urllib3.request("GET", page).data.decode() for page in pages)
        names = [f"{prefix.lower()}_trace_spans_total" for prefix in PREFIXES]
        return all(f'{name}{{result="sent"}} 0.0' not in shown and name in shown for name in names)

    until(counted)
