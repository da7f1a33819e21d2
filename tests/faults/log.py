"""Run the log's fault table: what is recorded while its parts fail, on SQLite and PostgreSQL.

`python -m tests.faults.log` prints it; ends with 1 when a row breaks what the log promises.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from tests.faults.log_faults import FAULTS, Fault
from tests.faults.log_row import LogRow, problems, table
from tests.support.databases import postgres
from tests.support.log_outages import Outages, SqliteOutages
from tests.support.logged_gateway import LEAST_RATE, LoggedGateway, logged_gateway
from tests.support.waiting import WAIT_S, until

_BACKLOG = "gateway_log_backlog_records"
_LOST = 'gateway_log_records_total{result="lost"}'


@dataclass(frozen=True)
class Place:
    """A folder and an empty database whose outages can be caused."""

    folder: Path
    kind: str
    outages: Outages


@click.command()
@click.option("--answers", default=300, show_default=True, help="before a fault, and during it")
@click.option("--only", multiple=True, metavar="WORDS", help="faults whose name holds these words")
def main(answers: int, only: tuple[str, ...]) -> None:
    """Cause each fault under load on both databases, and print one table."""
    chosen = [fault for fault in FAULTS if not only or any(words in fault.name for words in only)]
    rows = list(run_faults(chosen, ("SQLite", "PostgreSQL"), answers, click.echo))
    click.echo("\n" + table(rows))
    if broken := [problem for row in rows for problem in problems(row)]:
        raise SystemExit("\n".join(broken))


def run_faults(
    faults: Sequence[Fault], databases: Sequence[str], answers: int, show: Callable[[str], object]
) -> Iterator[LogRow]:
    """Yield a row for every fault on every database; faults of like settings share a gateway."""
    for kind in databases:
        for policy in dict.fromkeys(fault.policy for fault in faults):
            with place(kind) as here, started(here, policy) as gateway:
                for fault in (fault for fault in faults if fault.policy == policy):
                    row = run_fault(fault, here, gateway, answers)
                    show(f"{row.fault}, {row.database}: {row.recorded} of {row.sent}")
                    yield row


def started(here: Place, policy: str) -> contextlib.AbstractContextManager[LoggedGateway]:
    """Return a gateway over the place, with this policy for a full spool."""
    return logged_gateway(here.folder, here.outages.url, GATEWAY_LOG_FULL=policy)


@contextlib.contextmanager
def place(kind: str) -> Iterator[Place]:
    """Yield an empty database of this kind, `SQLite` or `PostgreSQL`, and a folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if kind == "SQLite":
            yield Place(folder, kind, SqliteOutages(folder / "predictions.db"))
            return
        with postgres() as server:
            yield Place(folder, kind, server)


def run_fault(fault: Fault, here: Place, gateway: LoggedGateway, answers: int) -> LogRow:
    """Answer, cause the fault and go on answering, mend it, answer; count once all has settled."""
    gateway.answered, gateway.statuses, gateway.times = [], [], []
    earlier, counted = set(gateway.recorded()), gateway.metric(_LOST)
    begun = time.monotonic()
    with gateway.load():
        gateway.answer_more(answers)
        failing = time.monotonic()
        backlog = fault.cause(gateway, here.outages, answers)
        mended = time.monotonic()
        gateway.answer_more(answers // 4)
    _settle(gateway)
    ids = [name for name in gateway.recorded() if name not in earlier]
    row = _counts(gateway, ids)
    return replace(
        row,
        fault=fault.name,
        database=here.kind,
        counted=round(gateway.metric(_LOST) - counted),
        backlog=round(backlog),
        before_s=_between(gateway, begun, failing),
        during_s=_between(gateway, failing, mended),
    )


def _settle(gateway: LoggedGateway) -> None:
    """Wait until nothing waits in the spool; what is missing then is lost."""
    with contextlib.suppress(TimeoutError):
        patience = WAIT_S + len(gateway.answered) / LEAST_RATE
        until(lambda: gateway.is_whole() and gateway.metric(_BACKLOG) == 0, seconds=patience)


def _counts(gateway: LoggedGateway, ids: Sequence[str]) -> LogRow:
    statuses, answered = gateway.statuses, set(gateway.answered)
    return LogRow(
        sent=len(statuses),
        answered=statuses.count(200),
        refused=statuses.count(503),
        cut=statuses.count(0),
        unrecorded=statuses.count(200) - len(gateway.answered),
        recorded=len(set(ids)),
        lost=len(answered - set(ids)),
        duplicated=len(ids) - len(set(ids)),
        unasked=len(set(ids) - answered),
    )


def _between(gateway: LoggedGateway, start: float, end: float) -> tuple[float, ...]:
    return tuple(seconds for began, seconds in gateway.times if start <= began < end)


if __name__ == "__main__":
    main()
