"""One choice of heads as a heads service is asked for it: what stays the same is written once."""

from __future__ import annotations

from collections.abc import Sequence

from heads.pools import table_wire, wire
from heads.pools.table_wire import Question
from heads.prediction import FeatureRow, HeadScores, PredictRequest, ScoreTable, TableColumns
from heads.registry.snapshot import Ref

_MAX_COLUMNS = 8
"""Columns kept, of the versions that replicas serve: more only while releases follow each other."""


class Asked:
    """The refs under their asked names, and the columns of the answers to them; thread-safe."""

    def __init__(self, request: PredictRequest) -> None:
        self.refs = request.refs()
        self._names = tuple(self.refs)
        infos = [request.head_set.find(*ref) for ref in self.refs.values()]
        known = [info for info in infos if info is not None]
        self._views = tuple(dict.fromkeys(view for info in known for view in info.views))
        self._with_text = any(info.lexical for info in known)
        distinct = all(asked == name for asked, (name, _) in self.refs.items())
        self._takes_table = distinct and len(known) == len(infos)
        self._columns: dict[bytes, TableColumns] = {}
        self._questions: dict[int, tuple[bytes, bytes]] = {}  # dim -> known digest, question

    def body(self, request: PredictRequest) -> tuple[bytes, int]:
        """Write the request, and tell where its rows begin; 0 where no table is asked for."""
        rows = request.rows
        if self._takes_table:
            dim = len(next(iter(rows[0].vectors.values()), ()))
            content = table_wire.rows_bytes(self._views, dim, rows, with_text=self._with_text)
            if content is not None:
                question = self._question(dim, request.fingerprint)
                return question + content, len(question)
        return single_body(request, tuple(self.refs.values())), 0

    def parse(self, reply: bytes, request: PredictRequest) -> ScoreTable | list[HeadScores]:
        """Parse the reply, a table or not. Raises ValueError or KeyError for anything else."""
        message = wire.read_response(reply)
        if not message.HasField("table"):
            return wire.answers_of(message, request.head_set)
        table = message.table
        if table.digest not in self._columns:
            self._learn(table.digest, table_wire.parse_columns(table))
        answers = table_wire.parse_table(table, self._columns)
        if len(answers.scores) != len(request.rows):
            raise ValueError("the service answered for other rows")
        return answers

    def _learn(self, digest: bytes, columns: TableColumns) -> None:
        if columns.names != self._names:
            raise ValueError("the service answered for other heads")
        kept = list(self._columns.items())[1 - _MAX_COLUMNS :]
        self._columns = dict([*kept, (digest, columns)])

    def _question(self, dim: int, fingerprint: str) -> bytes:
        known = next(reversed(self._columns), b"")
        kept = self._questions.get(dim)
        if kept is None or kept[0] != known:
            refs = tuple(self.refs.values())
            question = Question(refs, self._views, dim, fingerprint, known)
            kept = (known, table_wire.question_bytes(question))
            self._questions = {dim: kept}
        return kept[1]


def single_body(request: PredictRequest, refs: Sequence[Ref]) -> bytes:
    """Write a request that is answered head by head; texts only if an asked head reads them."""
    rows = request.rows
    infos = [request.head_set.find(*ref) for ref in refs]
    known = [info for info in infos if info is not None]
    if len(known) < len(refs):  # an unknown head may read anything
        views = tuple(rows[0].vectors)
        with_text = True
    else:
        views = tuple(dict.fromkeys(view for info in known for view in info.views))
        views = tuple(view for view in views if all(_has(view, row) for row in rows))
        with_text = any(info.lexical for info in known)
    return wire.request_bytes(refs, views, rows, request.fingerprint, with_text)


def headers_of(request: PredictRequest, rows_at: int = 0) -> dict[str, str]:
    """Return the headers that a request goes with; `rows_at` is what `Asked.body` told."""
    headers = {"Content-Type": wire.MEDIA_TYPE}
    if rows_at:
        headers[table_wire.ROWS_AT] = str(rows_at)
    if request.traceparent:
        headers["traceparent"] = request.traceparent
    return headers


def _has(view: str, row: FeatureRow) -> bool:
    return view in row.vectors
