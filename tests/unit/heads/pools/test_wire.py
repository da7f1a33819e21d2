"""The wire between gateway and heads service, also to one of another release."""

from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

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


def test_a_description_says_who_a_head_answers() -> None:
    """A head for those who name it is one there too; of an older service all answer everybody."""
    sent = HeadSet(7, {"a": info("a", default=False), "b": info("b")})
    received = wire.parse_describe(wire.describe_bytes(sent)).heads
    assert (received["a"].default, received["b"].default) == (False, True)
    older = heads_pb2.DescribeResponse(generation=1)
    older.heads.add(name="a", version="1", status="serving")
    assert wire.parse_describe(older.SerializeToString()).heads["a"].default


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


def test_an_older_gateway_reads_an_answer_with_unlike_rows() -> None:
    """It sees the abstention and the scores; of the field that it does not know, nothing."""
    table = np.array([[0.9, 0.1], [0.2, 0.8]], dtype=np.float32)
    sent = HeadScores("a", "1", "ok", ("x", "y"), table, (0, 1), (0.5, 0.5), (True, False))
    older = _answer_before_unlike()
    plain, marked = (
        older.FromString(wire.response_bytes(1, [sent._replace(unlike=unlike)]))
        for unlike in ((), (True, False))
    )
    assert not hasattr(marked.heads[0], "unlike")
    assert list(marked.heads[0].abstained) == [True, False]
    marked.DiscardUnknownFields()
    assert marked == plain


def _answer_before_unlike() -> Any:
    """Return the class of a PredictResponse whose heads have no field `unlike`."""
    file = descriptor_pb2.FileDescriptorProto()
    heads_pb2.DESCRIPTOR.CopyToProto(file)
    head = next(message for message in file.message_type if message.name == "HeadPredictions")
    older = [field for field in head.field if field.name != "unlike"]
    assert len(older) == len(head.field) - 1
    del head.field[:]
    head.field.extend(older)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("heads.v1.PredictResponse"))
