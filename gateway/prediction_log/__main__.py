"""Run the drainer of the settings' log until standard input ends; workers start it."""

import os
import signal
import sys
import threading

from gateway.config import load_settings, prepare_worker, retire_process
from trunkline.logs import configure_logging

_NICE = 5  # where cores are scarce requests come first: records can wait, callers do not


def main() -> None:
    """Move records on until nobody holds the other end of standard input."""
    os.nice(_NICE)
    settings = load_settings()
    configure_logging("gateway", settings.log_level, settings.log_format)
    prepare_worker()
    from gateway.prediction_log.draining import drain  # after the metrics' place is made

    stopping = threading.Event()

    def watch() -> None:
        sys.stdin.buffer.read()
        stopping.set()

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which ends this
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    threading.Thread(target=watch, daemon=True).start()
    drain(settings, stopping)
    retire_process(os.getpid())


if __name__ == "__main__":
    main()
