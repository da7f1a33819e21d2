"""The core of every call, without sockets or clocks of its own: a generator of sends and sleeps.

A driver, blocking or not, does what is yielded and sends the reply back in.
"""

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from trunkline.client.messages import TIME_OVER, Reply, Request
from trunkline.client.retries import RetryPolicy
from trunkline.client.splitting import BatchLimits

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Send:
    """Send the request and give back its reply, whatever happens, within `timeout_s` seconds."""

    request: Request
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Sleep:
    """Let so many seconds pass; gives nothing back."""

    seconds: float


Effect: TypeAlias = Send | Sleep
Steps: TypeAlias = Generator[Effect, Reply | None, Result]


@dataclass(frozen=True, slots=True)
class Terms:
    """What all calls of one client keep to; `clock` counts seconds, `jitter` draws from 0 to 1."""

    timeout_s: float = 30.0
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    limits: BatchLimits = field(default_factory=BatchLimits)
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        if not self.timeout_s > 0:
            raise ValueError("a timeout must be more than 0 seconds")


def answered(request: Request, terms: Terms, timeout_s: float) -> Steps[Reply]:
    """Send `request` until something final came back, or attempts or time are used up."""

    def again(reply: Reply) -> Request | None:
        return request if reply.may_repeat else None

    return (yield from retrying(request, again, terms, timeout_s))


def retrying(
    request: Request, again: Callable[[Reply], Request | None], terms: Terms, timeout_s: float
) -> Steps[Reply]:
    """Send `request`, then what `again` makes of each reply until that is None.

    Returns the last reply. A wait that would not leave time for another attempt is not begun.
    """
    end = terms.clock() + timeout_s
    left, attempt, reply = timeout_s, 0, TIME_OVER
    while left > 0:
        attempt += 1
        reply = yield from _sent(Send(request.with_timeout(left), left))
        following = again(reply)
        wait_s = terms.retries.wait_s(attempt, reply.retry_after_s, terms.jitter())
        if following is None or wait_s is None or wait_s >= end - terms.clock():
            break
        yield Sleep(wait_s)
        request, left = following, end - terms.clock()
    return reply


def _sent(send: Send) -> Steps[Reply]:
    reply = yield send
    if reply is None:
        raise RuntimeError("the driver of these steps gave no reply back")
    return reply
