"""Rows of bad lines to one embedder of two: slow, swallowing everything, cut."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.row import Bounds, Row, Scene
from tests.support.tcp_proxy import TcpProxy

_BEFORE_S, _AWAY_S = 3.0, 8.0
_SLOW_S = 0.15  # ten times what an answer takes, there and back


def worsened(scene: Scene, worsen: Callable[[TcpProxy], None]) -> None:
    """Make one line bad, and good again later."""
    proxy = scene.site.proxies[0]
    scene.wait(_BEFORE_S)
    scene.fault()
    worsen(proxy)
    scene.wait(_AWAY_S)
    proxy.pass_on()


def _row(name: str, worsen: Callable[[TcpProxy], None]) -> Row:
    return Row(
        name, lambda scene: worsened(scene, worsen), Bounds(p99_s=1.0), layout="proxied"
    )  # fmt: skip


ROWS = (
    _row("the line to one embedder of two ten times as slow", lambda proxy: proxy.delay(_SLOW_S)),
    _row("the line to one embedder of two a black hole", TcpProxy.black_hole),
    _row("the line to one embedder of two cut", TcpProxy.cut),
)
