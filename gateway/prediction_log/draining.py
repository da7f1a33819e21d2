"""Drains the spool until told to stop: tries again and again, and says why it cannot."""

import threading
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway.config import Settings
from gateway.prediction_log import metrics
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.database import default_url, open_database
from gateway.prediction_log.drainer import Drainer, SchemaOlderError, TextDays
from gateway.prediction_log.erasure_watch import ErasureWatch
from gateway.prediction_log.rejected import RejectedRecords
from gateway.prediction_log.segments import wait_for_lock
from gateway.prediction_log.upkeep import Upkeep
from trunkline.logs import whereabouts

log = structlog.get_logger("gateway.prediction_log")

_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0
_LOCK = ".drainer.lock"


def drain(settings: Settings, stopping: threading.Event) -> None:
    """Move records on until `stopping`, and once more then; one drainer a folder at a time."""
    folder = settings.log_dir
    if folder is None:
        return
    with wait_for_lock(folder / _LOCK):
        rejected = RejectedRecords(folder)
        drainer = _drainer(settings, folder, rejected)
        watch = ErasureWatch(folder, open_database(database_url(settings)), rejected)
        threading.Thread(target=watch.run, args=[stopping], daemon=True).start()
        text_keys = keys_of(settings.log_text_keys, "LOG_TEXT_KEYS")
        upkeep = Upkeep(open_database(database_url(settings)), text_keys)
        failures = 0
        last_reason = ""
        while not stopping.wait(min(_PAUSE_S * 2**failures, _LONGEST_PAUSE_S)):
            reason = _reason_of_failure(drainer, last_reason)
            failures = min(failures + 1, 10) if reason else 0
            last_reason = reason
            if not reason:
                upkeep.tick()
        _reason_of_failure(drainer, last_reason)


def drain_once(settings: Settings) -> int:
    """Move what waits; return how many files that were. Raises what `Drainer.run_once` raises."""
    folder = settings.log_dir
    if folder is None:
        return 0
    with wait_for_lock(folder / _LOCK):
        return _drainer(settings, folder, RejectedRecords(folder)).run_once()


def database_url(settings: Settings) -> str:
    """Return the URL that is set, or that of the file in the log's folder."""
    if settings.log_database is not None:
        return settings.log_database.get_secret_value()
    if settings.log_dir is None:
        raise ValueError("there is no log")
    return default_url(settings.log_dir)


def _drainer(settings: Settings, folder: Path, rejected: RejectedRecords) -> Drainer:
    return Drainer(
        folder,
        open_database(database_url(settings)),
        keys_of(settings.log_text_keys, "LOG_TEXT_KEYS"),
        TextDays(settings.log_text_days, settings.days_by_tenant()),
        rejected,
    )


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
