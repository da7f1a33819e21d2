"""The shadows' log: lines of JSON within a bound."""

import json
import threading
from pathlib import Path

from gateway.rollout.shadow_log import FILE, OLDER, ShadowLog, VersionAnswer


def test_flips_stay_within_their_bytes(tmp_path: Path) -> None:
    """The file and its predecessor together never pass the bound, and hold whole lines."""
    side = VersionAnswer("1", "yes", 0.5, False)
    writers = [ShadowLog(tmp_path, 4000) for _ in range(4)]

    def write(shadow_log: ShadowLog) -> None:
        for n in range(100):
            shadow_log.add(str(n), "intent", side, side)

    threads = [threading.Thread(target=write, args=(one,)) for one in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = [tmp_path / FILE, tmp_path / OLDER]
    assert sum(path.stat().st_size for path in files) <= 4000
    for path in files:
        assert all(json.loads(line)["head"] == "intent" for line in path.read_text().splitlines())
