"""Laws of how the C library gives memory to threads."""

import subprocess
import sys

_THREADS = """
import threading
from trunkline.memory import limit_arenas
{setting}
filled, gate = threading.Barrier(17), threading.Barrier(17)
def work():
    kept = [bytearray(3000) for _ in range(200)]
    filled.wait(60)
    gate.wait(60)
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
filled.wait(60)
heaps = open("/proc/self/maps").read().count(" rw-p 00000000 00:00 0")
gate.wait(60)
print(heaps)
"""


def test_threads_share_few_arenas() -> None:
    """Sixteen threads map fewer heaps of their own once arenas are bounded."""

    def heaps(setting: str) -> int:
        code = _THREADS.format(setting=setting)
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        return int(ended.stdout)

    assert heaps("limit_arenas()") < heaps("")
