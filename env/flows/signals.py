"""Ends a flow by the signals that end a job or a terminal, and holds them off while it tidies."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ENDING = (signal.SIGTERM, signal.SIGHUP)


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP raise SystemExit, so that what was begun is taken back.

    One that is ignored, as by `nohup`, stays so.
    """
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda got, _: sys.exit(128 + got))


@contextmanager
def signals_ignored() -> Iterator[None]:
    """Ignore these and Ctrl-C meanwhile; in another thread than the main one nothing arrives."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {n: signal.signal(n, signal.SIG_IGN) for n in (*_ENDING, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
