"""What workers of one master show each other: their connections, who is warm, who is worn."""

import mmap
import struct
from collections.abc import Callable
from math import inf

_PLACES = 512
_USED = struct.Struct("q")  # how many places were ever given out
_ENTRY = struct.Struct("ddd")  # when it was written (time.monotonic), connections, 1.0 if warm
_WORN = struct.Struct("q")  # the process that asks for a successor, or 0
_WORN_AT = _USED.size + _PLACES * _ENTRY.size
_FRESH_S = 3.0  # a worker that has not written for longer hangs, or is none any more
_START_S = 60.0  # how long a worker may take from its fork to its first word


class Board:
    """What every worker of one master shows of itself, in memory that all of them share.

    Make it before workers are forked. `place` is called in the master, for each worker.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _WORN_AT + _PLACES * _WORN.size)

    def place(self, now: float) -> "Place":
        """Return the first place that no living worker writes to."""
        index = next((n for n in range(_PLACES) if not self._is_fresh(n, now)), _PLACES - 1)
        _USED.pack_into(self._memory, 0, max(self._used(), index + 1))
        self.write(index, inf, now + _START_S, warm=False)
        return Place(self, index)

    def note_worn(self, index: int, pid: int) -> None:
        """Show that the worker at this place asks for a successor; 0: it does not, or no more."""
        _WORN.pack_into(self._memory, _WORN_AT + index * _WORN.size, pid)

    def forget_worn(self, index: int, pid: int) -> None:
        """Show that this process asks no more, if it is the one that asks at this place."""
        if _WORN.unpack_from(self._memory, _WORN_AT + index * _WORN.size) == (pid,):
            self.note_worn(index, 0)

    def take_worn(self) -> int:
        """Return one process that asked for a successor, each once; 0 where none did.

        In the master only: two readers might take the same.
        """
        for index in range(self._used()):
            (pid,) = _WORN.unpack_from(self._memory, _WORN_AT + index * _WORN.size)
            if pid:
                self.note_worn(index, 0)
                return int(pid)
        return 0

    def write(self, index: int, connections: float, now: float, *, warm: bool) -> None:
        """Show how many connections the worker at this place has, and whether it is warm."""
        _ENTRY.pack_into(self._memory, _offset(index), now, connections, float(warm))

    def least(self, but: int, now: float) -> float:
        """Return the fewest connections of any other worker; infinity without others."""
        fewest = inf
        for index in range(self._used()):
            written, connections, _ = _ENTRY.unpack_from(self._memory, _offset(index))
            if index != but and connections < fewest and now - written < _FRESH_S:
                fewest = connections
        return fewest

    def all_warm(self, but: int, now: float) -> bool:
        """Whether every other worker is warm that lives and accepts connections."""
        entries = (
            _ENTRY.unpack_from(self._memory, _offset(index))
            for index in range(self._used())
            if index != but
        )
        return all(
            warm or connections == inf or now - written >= _FRESH_S
            for written, connections, warm in entries
        )

    def _used(self) -> int:
        (used,) = _USED.unpack_from(self._memory)
        return int(used)

    def _is_fresh(self, index: int, now: float) -> bool:
        written, _, _ = _ENTRY.unpack_from(self._memory, _offset(index))
        return bool(written and now - written < _FRESH_S)


class Place:
    """One worker's view of the board."""

    def __init__(self, board: Board, index: int) -> None:
        self._board = board
        self._index = index
        self._is_warm: Callable[[], bool] = _always

    def warm_when(self, is_warm: Callable[[], bool]) -> None:
        """Show this worker as warm while `is_warm` holds; without it a worker always is."""
        self._is_warm = is_warm

    def show(self, connections: int, now: float) -> None:
        """Show how many connections this worker has, and whether it is warm."""
        self._board.write(self._index, connections, now, warm=self._is_warm())

    def leave(self) -> None:
        """Take no more part: others need not wait for this worker, and may have its place."""
        self._board.write(self._index, inf, 0.0, warm=False)

    def others_warm(self, now: float) -> bool:
        """Whether every other worker that accepts connections is warm; true without others."""
        return self._board.all_warm(self._index, now)

    def ask_for_successor(self, pid: int) -> None:
        """Let the worker that the master starts next take the place of this process."""
        self._board.note_worn(self._index, pid)

    def forget_asking(self, pid: int) -> None:
        """Let nobody end a process that has ended already; in the master.

        The place of one that stops may be another's by then, who asks for itself.
        """
        self._board.forget_worn(self._index, pid)

    def has_fewest(self, connections: int, now: float) -> bool:
        """Whether no other worker has fewer connections than this one."""
        return connections <= self._board.least(self._index, now)


def _offset(index: int) -> int:
    return _USED.size + index * _ENTRY.size


def _always() -> bool:
    return True
