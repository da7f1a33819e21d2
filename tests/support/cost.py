"""Measures what cleaning a mail costs, so that laws of cost hold on any machine."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

from gateway.mail import MailInput, clean

_TRIES = 20
_ORDINARY = MailInput(
    text="Hello Ann,\n\nthank you, please call me on Monday at 10:00.\n\nBest regards,\nBob Ray\n"
    "Acme Inc.\n\nOn 3 May 2026 at 10:00, Ann Lee <ann@x.example> wrote:\n> Shall we talk?\n"
)


def seconds_of(mail: MailInput) -> float:
    """Measure this thread's processor time of one cleaning, without what a coverage tracer takes.

    Threads that other tests have left behind work in the same process.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        start = time.thread_time()
        clean(mail)
        return time.thread_time() - start
    finally:
        sys.settrace(tracer)


def ordinary_s() -> float:
    """Measure what an ordinary short reply costs here and now: a unit of this machine's speed."""
    return min(seconds_of(_ORDINARY) for _ in range(_TRIES))


def holds(law: Callable[..., bool], *mails: MailInput) -> bool:
    """Whether a law holds of the least times, or of those of one turn.

    A busy machine only lengthens single runs; one that changes its speed does so for a whole turn.
    """
    best = [math.inf] * len(mails)
    for _ in range(_TRIES):
        turn = [math.inf] * len(mails)
        # There and back again: the first mail, whose time allows the other's, is measured twice.
        for place in (*range(len(mails)), *reversed(range(len(mails) - 1))):
            turn[place] = min(turn[place], seconds_of(mails[place]))
        best = list(map(min, best, turn))
        if law(*best) or law(*turn):
            return True
    return False
