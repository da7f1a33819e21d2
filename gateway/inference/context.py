"""Values that go with one request: what its caller sent along, and what it holds to its end."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway import metrics
from gateway.errors import CallerGoneError
from gateway.inference.deadline import Deadline
from gateway.inference.plan import HeadNames
from gateway.inference.snapshot import Snapshot
from gateway.inference.timings import Timings


def never_gone() -> bool:
    """Return False: the caller of a request that came by no connection waits."""
    return False


@dataclass(frozen=True, slots=True)
class RequestMetadata:
    """Options that came with the mails: heads to ask, time to answer, whose mails they are.

    `tenant` is "" where the caller names none; it is bound where the caller's key vouches for it,
    else it may be made up. `caller_gone` says whether nobody waits any more.
    """

    deadline: Deadline
    heads: HeadNames = None
    tenant: str = ""
    timings: Timings = field(default_factory=Timings)
    caller_gone: Callable[[], bool] = never_gone
    tenant_is_bound: bool = False

    @property
    def cache_owner(self) -> str:
        """Return the tenant whose answers are kept apart from all others', "" for none."""
        return self.tenant if self.tenant_is_bound else ""

    def require_caller(self, stage: str) -> None:
        """Raise CallerGoneError where nobody waits for what this stage would make."""
        if self.caller_gone():
            metrics.record_caller_gone(stage)
            raise CallerGoneError

    def require_cleaning_caller(self) -> None:
        """Raise CallerGoneError where nobody waits for the cleaned mail."""
        self.require_caller("clean")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request's view of encoders and heads, its time left, its stopwatch and its caller."""

    snapshot: Snapshot
    request: RequestMetadata

    @property
    def deadline(self) -> Deadline:
        """Return the request's deadline."""
        return self.request.deadline

    @property
    def timings(self) -> Timings:
        """Return the request's stopwatch."""
        return self.request.timings
