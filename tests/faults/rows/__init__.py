"""The rows of the fault table, one file a kind of fault."""

from tests.faults.row import Row
from tests.faults.rows import callers, catalog, mails, processes, rolling

ROWS: tuple[Row, ...] = (*processes.ROWS, *rolling.ROWS, *callers.ROWS, *mails.ROWS, *catalog.ROWS)
