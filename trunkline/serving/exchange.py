"""Run one whole request: gunicorn's parser and WSGI around the application, no wait for a peer."""

import select
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.http.message import Request  # type: ignore[import-untyped]
from gunicorn.http.unreader import Unreader  # type: ignore[import-untyped]

from trunkline.serving import refusal as refusals
from trunkline.serving.at_once import MOST_BYTES, Repeats
from trunkline.serving.connection import Connection
from trunkline.serving.environ import (
    ACCEPTED_AT,
    AT_ONCE,
    PEER_GONE,
    REPEATABLE,
    NotAtOnceError,
)
from trunkline.serving.options import Options
from trunkline.serving.refusal import Refusal

_PIECE_BYTES = 64 << 10
_FLUSH_BYTES = 256 << 10
_MOST_UNSENT_BYTES = 4 << 20


class Received(Unreader):  # type: ignore[misc]
    """The source that gunicorn's parser reads from: bytes that are all there."""

    def __init__(self, data: bytes | bytearray) -> None:
        super().__init__()
        self._data = data
        self._at = 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next bytes; none at the end."""
        begin = self._at
        end = min(begin + max(size_hint or 0, _PIECE_BYTES), len(self._data))
        self._at = end
        if begin == 0 and end == len(self._data):
            return bytes(self._data)
        return bytes(self._data[begin:end])

    def rest(self) -> bytes:
        """Return what no request has used."""
        return bytes(self.take_buffered()) + bytes(self._data[self._at :])


class Outbox:
    """Stands in for the socket that gunicorn writes a response to: pieces go out together."""

    def __init__(self, connection: Connection, stall_s: float) -> None:
        self._connection = connection
        self._stall_s = stall_s
        self._pieces: list[bytes] = []
        self._size = 0
        self.touched = False

    def sendall(self, data: bytes) -> None:
        """Keep a piece; send what has gathered once that is much.

        A thread waits for a slow peer only where an answer without end would gather here.
        """
        if len(self._connection.unsent) > _MOST_UNSENT_BYTES:
            self._wait_for_peer()
        self._pieces.append(data)
        self._size += len(data)
        if self._size >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what has gathered, as far as the peer takes it; the poller sends the rest."""
        if self._pieces:
            self.touched = True
            content, self._pieces, self._size = b"".join(self._pieces), [], 0
            self._connection.send(content)

    def forget(self) -> None:
        """Drop what has gathered: another response takes its place."""
        self._pieces, self._size = [], 0

    def _wait_for_peer(self) -> None:
        """Wait until a peer that reads slowly has taken most of a long answer.

        Raises TimeoutError where it takes nothing for the stall time-out.
        """
        while len(self._connection.unsent) > _MOST_UNSENT_BYTES:
            poll = select.poll()
            poll.register(self._connection.sock, select.POLLOUT)
            if not poll.poll(self._stall_s * 1000) or not self._connection.flush():
                raise TimeoutError


class Exchange:
    """Answers requests by the application of one worker; thread-safe.

    `closes` says whether the worker wants its connections back: it stops. What was answered without
    a wait is added to `repeats`.
    """

    def __init__(
        self,
        worker: Any,
        options: Options,
        closes: Callable[[], bool],
        on_refused: Callable[[str], None],
        repeats: Repeats,
    ) -> None:
        self._worker = worker
        self._cfg = worker.cfg
        self._log = worker.log
        self._application = worker.wsgi
        self._options = options
        self._closes = closes
        self._on_refused = on_refused
        self._repeats = repeats

    def answer(self, connection: Connection) -> None:
        """Answer the connection's whole request; `closes` and `unsent` say how to go on.

        Never raises: what fails is answered by a problem document, or ends the connection.
        """
        self._answer(connection, at_once=False)

    def answer_at_once(self, connection: Connection) -> bool:
        """Answer as `answer` does, if nothing has to be waited for; return whether that was so.

        If not, nothing was done, and the request is whole as before. For the main thread: raises
        SystemExit where a signal ends the worker.
        """
        receiver = connection.receiver
        data = receiver.data
        try:
            self._answer(connection, at_once=True)
        except NotAtOnceError:
            receiver.restart(bytes(data))
            connection.requests -= 1
            digest = receiver.digest(MOST_BYTES)
            if digest is not None:
                self._repeats.discard(digest)
            return False
        return True

    def _answer(self, connection: Connection, *, at_once: bool) -> None:
        head = bytes(connection.receiver.data[:_PIECE_BYTES])
        framed = connection.receiver.is_framed
        digest = connection.receiver.digest(MOST_BYTES)
        source = Received(connection.receiver.take())
        outbox = Outbox(connection, self._options.stall_timeout_s)
        connection.requests += 1
        connection.closes, connection.repeatable = True, False
        try:
            request = self._parse(source, connection)
            keeps = self._respond(request, connection, outbox, framed=framed, at_once=at_once)
            if connection.repeatable and digest is not None:
                self._repeats.add(digest)
            connection.closes = not keeps
            connection.receiver.data = source.rest() if keeps else b""
            connection.release()  # first: who has the answer finds room for the next request
            outbox.flush()
        except (ConnectionError, TimeoutError):
            connection.closes, connection.unsent = True, b""
        except (Exception, SystemExit) as error:
            ends = isinstance(error, SystemExit) and not self._worker.alive
            if at_once and (ends or isinstance(error, NotAtOnceError)):
                raise
            self._fail(error, connection, outbox, head)

    def refuse(self, refusal: Refusal, connection: Connection, head: bytes, *, close: bool) -> None:
        """Answer by a problem document. Raises OSError where the connection is broken."""
        connection.closes = close or self._closes()
        content = refusals.response(
            refusal, self._options.render(refusal, head), close=connection.closes
        )
        if head.startswith(b"HEAD "):
            content = content[: content.index(b"\r\n\r\n") + 4]
        connection.send(content)

    def _parse(self, source: Received, connection: Connection) -> Any:
        request = Request(self._cfg, source, connection.client, connection.requests)
        request._expected_100_continue = False  # the poller has told the peer to go on
        return request

    def _respond(
        self,
        request: Any,
        connection: Connection,
        outbox: Outbox,
        *,
        framed: bool,
        at_once: bool,
    ) -> bool:
        """Run the application; return whether the connection may carry another request.

        Where the poller could not tell the request's end (not `framed`), more of it may come.
        """
        started = time.monotonic()
        self._cfg.pre_request(self._worker, request)
        response, environ = wsgi.create(
            request, outbox, connection.client, connection.server, self._cfg
        )
        environ["wsgi.multithread"] = True
        environ["gunicorn.socket"] = connection.sock
        environ[ACCEPTED_AT] = started if connection.received_at is None else connection.received_at
        environ[PEER_GONE] = connection.is_gone
        if at_once:
            environ[AT_ONCE] = True
        declined = False
        try:
            if self._closes() or not framed or not self._cfg.keepalive:
                response.force_close()
            self._write(self._application(environ, response.start_response), response)
        except NotAtOnceError:
            declined = at_once
            raise
        finally:
            if not declined:
                self._end(request, environ, response, started)
        connection.repeatable = environ.get(REPEATABLE) is True
        return not response.should_close() and _finish_body(request)

    def _end(self, request: Any, environ: Any, response: Any, started: float) -> None:
        """Count a request that was answered, or failed on."""
        self._log.access(response, request, environ, timedelta(seconds=time.monotonic() - started))
        self._cfg.post_request(self._worker, request, environ, response)
        self._worker.count_request()

    def _write(self, content: Iterable[bytes], response: Any) -> None:
        try:
            for piece in content:
                response.write(piece)
            response.close()
        finally:
            close = getattr(content, "close", None)
            if close is not None:
                close()

    def _fail(
        self, error: BaseException, connection: Connection, outbox: Outbox, head: bytes
    ) -> None:
        """Answer a request that the parser refused or the application failed on."""
        refusal = refusals.of_error(error)
        if isinstance(error, StopIteration):
            refusal = refusals.MALFORMED
        if refusal.status < 500:
            self._log.warning("Invalid request from a caller")
            self._on_refused("malformed")
        else:
            self._log.exception("Error handling request")
        outbox.forget()
        connection.closes = True
        connection.release()
        if not outbox.touched:
            try:
                self.refuse(refusal, connection, head, close=True)
            except OSError:
                connection.unsent = b""


def _finish_body(request: Any) -> bool:
    """Pass over what the application left of the body; return whether its end was found."""
    body = request.body
    if body.failed:
        return False
    try:
        while body.read(_PIECE_BYTES):
            pass
    except Exception:  # gunicorn's errors of chunks that make no sense have no common base
        return False
    return True
