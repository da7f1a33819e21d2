"""Drains the spool until told to stop: tries again and again, and says why it cannot."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway.config import Settings
from gateway.prediction_log import metrics
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.drainer import Drainer, SchemaOlderError, TextDays
from gateway.prediction_log.erasure_watch import ErasureWatch
from gateway.prediction_log.log_engine import open_log_engine
from gateway.prediction_log.purge_watch import PurgeWatch
from gateway.prediction_log.rejected import RejectedRecords
from gateway.prediction_log.retention import Retention
from gateway.prediction_log.segments import wait_for_lock
from gateway.prediction_log.upkeep import Upkeep
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_LOCK = ".drainer.lock"


def drain(settings: Settings, stopping: threading.Event) -> None:
    """Move records on until `stopping`, and once more then; one drainer a folder at a time.

    Where the database is away then, it is tried again for as long as GATEWAY_LOG_FINISH_S says.
    """
    folder = settings.log_dir
    if folder is None:
        return
    with wait_for_lock(folder / _LOCK):
        rejected = RejectedRecords(folder)
        drainer = _drainer(settings, folder, rejected)
        watch = ErasureWatch(folder, open_log_engine(settings), rejected)
        _start(watch.run, stopping)
        if settings.log_purge:
            _start(PurgeWatch(open_log_engine(settings), Retention.of(settings)).run, stopping)
        text_keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
        upkeep = Upkeep(open_log_engine(settings), text_keys)
        failures = 0
        last_reason = ""
        while not stopping.wait(min(_PAUSE_S * 2**failures, _LONGEST_PAUSE_S)):
            reason = _reason_of_failure(drainer, last_reason)
            failures = min(failures + 1, 10) if reason else 0
            last_reason = reason
            if not reason:
                upkeep.tick()
        _finish(drainer, last_reason, settings.log_finish_s)


def drain_once(settings: Settings) -> int:
    """Move what waits; return how many files that were. Raises what `Drainer.run_once` raises."""
    folder = settings.log_dir
    if folder is None:
        return 0
    with wait_for_lock(folder / _LOCK):
        return _drainer(settings, folder, RejectedRecords(folder)).run_once()


def _start(watch: Callable[[threading.Event], None], stopping: threading.Event) -> None:
    threading.Thread(target=watch, args=[stopping], daemon=True).start()


def _drainer(settings: Settings, folder: Path, rejected: RejectedRecords) -> Drainer:
    return Drainer(
        folder,
        open_log_engine(settings),
        keys_of(settings.log_text_keys, "LOG_TEXT_KEYS"),
        TextDays(settings.log_text_days, settings.days_by_tenant()),
        rejected,
    )


def _finish(drainer: Drainer, last: str, seconds: float) -> None:
    """Move the rest; where that fails, try again until the seconds are over."""
    ends = time.monotonic() + seconds
    while (last := _reason_of_failure(drainer, last)) and time.monotonic() + _PAUSE_S < ends:
        time.sleep(_PAUSE_S)


def _reason_of_failure(drainer: Drainer, last: str) -> str:
    """Move what waits; return why that failed, or "". A reason is logged when it is a new one."""
    why: metrics.Failure
    try:
        drainer.run_once()
    except SchemaOlderError:
        why, details = "schema", {"remedy": "run `gateway migrate`"}
    except SQLAlchemyError as error:
        why, details = "database", whereabouts(error)
    except Exception as error:
        why, details = "other", whereabouts(error)
    else:
        if last:
            log.info("prediction_log_moves_on")
        return ""
    metrics.record_drain_failure(why)
    if why != last:
        log.error("prediction_log_waits", why=why, **details)
    return why
