"""Share new connections evenly among workers: each shows the others how many it has."""

import mmap
import struct
from math import inf

_PLACES = 512
_USED = struct.Struct("q")  # how many places were ever given out
_ENTRY = struct.Struct("dd")  # when it was written (time.monotonic), connections
_FRESH_S = 3.0  # a worker that has not written for longer hangs, or is none any more
_START_S = 60.0  # how long a worker may take from its fork to its first word


class Board:
    """Connections of every worker of one master, in memory that all of them share.

    Make it before workers are forked. `place` is called in the master, for each worker.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _USED.size + _PLACES * _ENTRY.size)

    def place(self, now: float) -> "Place":
        """Return the first place that no living worker writes to."""
        index = next((n for n in range(_PLACES) if not self._is_fresh(n, now)), _PLACES - 1)
        _USED.pack_into(self._memory, 0, max(self._used(), index + 1))
        self.write(index, inf, now + _START_S)
        return Place(self, index)

    def write(self, index: int, connections: float, now: float) -> None:
        """Show how many connections the worker at this place has."""
        _ENTRY.pack_into(self._memory, _offset(index), now, connections)

    def least(self, but: int, now: float) -> float:
        """Return the fewest connections of any other worker; infinity without others."""
        fewest = inf
        for index in range(self._used()):
            written, connections = _ENTRY.unpack_from(self._memory, _offset(index))
            if index != but and connections < fewest and now - written < _FRESH_S:
                fewest = connections
        return fewest

    def _used(self) -> int:
        (used,) = _USED.unpack_from(self._memory)
        return int(used)

    def _is_fresh(self, index: int, now: float) -> bool:
        written, _ = _ENTRY.unpack_from(self._memory, _offset(index))
        return bool(written and now - written < _FRESH_S)


class Place:
    """One worker's view of the board."""

    def __init__(self, board: Board, index: int) -> None:
        self._board = board
        self._index = index

    def show(self, connections: int, now: float) -> None:
        """Show how many connections this worker has."""
        self._board.write(self._index, connections, now)

    def leave(self) -> None:
        """Take no more part: others need not wait for this worker, and may have its place."""
        self._board.write(self._index, inf, 0.0)

    def has_fewest(self, connections: int, now: float) -> bool:
        """Whether no other worker has fewer connections than this one."""
        return connections <= self._board.least(self._index, now)


def _offset(index: int) -> int:
    return _USED.size + index * _ENTRY.size
