"""Opens the prediction log in a worker, as the settings say."""

from gateway.config import Settings
from gateway.prediction_log import metrics
from gateway.prediction_log.checks import keys_of
from gateway.prediction_log.drain_process import DrainProcess
from gateway.prediction_log.recorder import Recorder, SpoolRecorder
from gateway.prediction_log.records import RecordWriter
from gateway.prediction_log.spool import Spool
from trunkline.build import current_build


def open_recorder(settings: Settings) -> Recorder | None:
    """Return what records this worker's answers, and starts the drainer; None without a log."""
    folder = settings.log_dir
    if folder is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    writer = RecordWriter(
        current_build().version,
        settings.log_text,
        keys_of(settings.log_digest_keys, "LOG_DIGEST_KEYS"),
        keys_of(settings.log_text_keys, "LOG_TEXT_KEYS"),
    )
    bound, policy = settings.log_spool_max_bytes, settings.log_full
    spool = Spool(folder, bound, policy, metrics.record_lost)
    return SpoolRecorder(writer, spool, DrainProcess(folder, finish_s=settings.log_finish_s))
