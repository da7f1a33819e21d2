"""A remote pool knows what is served also while nobody asks it."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from heads.pools import wire
from heads.pools.remote import RemotePool
from heads.prediction import HeadSet
from tests.support.waiting import WAIT_S, until


def test_an_idle_pool_follows_the_service() -> None:
    """After a change the first call is answered by the new head set, without having asked."""
    served = HeadSet(1, {})
    asked = threading.Semaphore(0)

    class Service(BaseHTTPRequestHandler):
        """Describes what is served now."""

        def do_GET(self) -> None:
            """Answer and count."""
            body = wire.describe_bytes(served)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            asked.release()

        def log_message(self, *_args: object) -> None:
            """Keep quiet."""

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        pool = RemotePool(f"http://127.0.0.1:{server.server_port}", refresh_s=0.02)
        try:
            assert pool.head_set().generation == 1
            process = pool._current
            served = HeadSet(2, {}, disabled_rules=("bounce.body",))
            for _ in range(3):  # the first may have left before the change
                assert asked.acquire(timeout=WAIT_S)
            assert process is not None
            until(lambda: process.head_set.generation == 2, "nobody asked the service")
            assert pool.head_set().disabled_rules == ("bounce.body",)
        finally:
            pool.close()
            server.shutdown()
