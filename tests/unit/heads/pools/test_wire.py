"""The wire between gateway and heads service, also to one of another release."""

import numpy as np

from heads.policy import OptOutThresholds
from heads.pools import wire
from heads.prediction import HeadScores, HeadSet
from protos.heads.v1 import heads_pb2
from tests.support.pools import info


def test_a_description_keeps_the_thresholds_of_an_opt_out() -> None:
    """Both thresholds arrive as they were, and none where the bundle has no table."""
    table = OptOutThresholds(yes=0.91, review=0.07)
    sent = HeadSet(7, {"a": info("a", opt_out=table), "b": info("b")})
    received = wire.parse_describe(wire.describe_bytes(sent))
    assert received.heads["a"].opt_out == table
    assert received.heads["b"].opt_out is None


def test_an_older_service_names_no_thresholds() -> None:
    """A description without the field is read; the gateway then falls back."""
    message = heads_pb2.DescribeResponse(generation=1)
    message.heads.add(name="has_opt_out", version="1", status="serving")
    head = wire.parse_describe(message.SerializeToString()).heads["has_opt_out"]
    assert head.opt_out is None


def test_a_description_names_what_is_switched_off() -> None:
    """Rules that are off and a disabled head arrive; an older service names none."""
    sent = HeadSet(7, {"a": info("a", status="disabled")}, disabled_rules=("bounce.body",))
    received = wire.parse_describe(wire.describe_bytes(sent))
    assert received.disabled_rules == ("bounce.body",)
    assert received.heads["a"].status == "disabled"
    older = heads_pb2.DescribeResponse(generation=1).SerializeToString()
    assert wire.parse_describe(older).disabled_rules == ()


def test_an_answer_names_the_rows_that_are_unlike_anything_learnt() -> None:
    """They arrive row by row; nothing is sent where no row is, as by an older service."""
    table = np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32)
    sent = HeadScores("a", "1", "ok", ("x", "y"), table, (0, 1), (0.5, 0.5), (True, False))
    for unlike, arrives in (((True, False), (True, False)), ((False, False), ()), ((), ())):
        body = wire.response_bytes(1, [sent._replace(unlike=unlike)])
        (received,) = wire.parse_response(body, HeadSet(1, {}))
        assert received.unlike == arrives
        assert received.abstained == sent.abstained
