"""Values that go with one request: what its caller sent along, and what it holds to its end."""

from dataclasses import dataclass, field

from gateway.inference.deadline import Deadline
from gateway.inference.plan import HeadNames
from gateway.inference.snapshot import Snapshot
from gateway.inference.timings import Timings


@dataclass(frozen=True, slots=True)
class RequestMetadata:
    """Options that came with the mails: heads to ask, time to answer, whose mails they are.

    `tenant` is "" where the caller names none.
    """

    deadline: Deadline
    heads: HeadNames = None
    tenant: str = ""
    timings: Timings = field(default_factory=Timings)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request's view of encoders and heads, its time left and its stopwatch."""

    snapshot: Snapshot
    deadline: Deadline
    timings: Timings
