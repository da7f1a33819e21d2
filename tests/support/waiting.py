"""How long tests wait: for events, with bounds so wide that only a failure ever reaches them."""

import threading
import time
from collections.abc import Callable

WAIT_S = 60.0
START_S = 3 * WAIT_S  # interpreters of two workers, on a machine that is busy with others
# Deadlines of the services under test, where no test is about them: a busy machine breaks none.
PATIENT = {
    "GATEWAY_REQUEST_TIMEOUT_MS": "60000",
    "GATEWAY_HEADS_TIMEOUT_MS": "60000",
}


def until(
    holds: Callable[[], object], complaint: str = "it did not come about", seconds: float = WAIT_S
) -> None:
    """Wait until `holds()` is true, which another thread or process brings about.

    Raises TimeoutError(complaint) after `seconds`.
    """
    ends, pause = time.monotonic() + seconds, threading.Event()
    while not holds():
        if time.monotonic() > ends:
            raise TimeoutError(complaint)
        pause.wait(0.01)
