"""What one process knows of a heads service."""

import threading
from dataclasses import dataclass, field

from heads.pools.replicated_http import ReplicatedHttp
from heads.prediction import HeadSet

NOTHING_KNOWN = HeadSet(0, {})


@dataclass
class RemoteProcess:
    """What must not cross a fork: sockets, and what was learnt over them."""

    pid: int
    http: ReplicatedHttp
    head_set: HeadSet = NOTHING_KNOWN
    tag: str = ""
    asked_at: float = 0.0  # when the service was asked that answered last
    has_asked: bool = False
    reported_away: bool = False
    asking: threading.Lock = field(default_factory=threading.Lock)
    follower: threading.Thread | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    def shown(self) -> HeadSet:
        """Return the head set, with all heads away where the service said so."""
        return self.head_set.all_away() if self.reported_away else self.head_set

    def is_followed(self) -> bool:
        """Whether a thread keeps the head set new."""
        return self.follower is not None and self.follower.is_alive()
