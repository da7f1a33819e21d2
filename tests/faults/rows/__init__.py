"""The rows of the fault table, one file a kind of fault."""

from tests.faults.row import Row
from tests.faults.rows import (
    callers,
    canary,
    catalog,
    clocks,
    disk,
    mails,
    network,
    processes,
    rolling,
    soak,
)

_FILES = (processes, network, rolling, callers, mails, catalog, canary, clocks, disk, soak)
ROWS: tuple[Row, ...] = tuple(row for file in _FILES for row in file.ROWS)
