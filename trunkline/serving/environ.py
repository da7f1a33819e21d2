"""What worker and application tell each other in a request's WSGI environ."""

ACCEPTED_AT = "trunkline.accepted_at"
"""`time.monotonic()` when the request's first byte came."""
PEER_GONE = "trunkline.peer_gone"
"""A function that says whether the caller has closed its connection; it costs a microsecond."""
AT_ONCE = "trunkline.at_once"
"""Is there where the worker's one poller asks, for which everybody waits: the application answers
without waiting for anything, or raises NotAtOnceError before it has done anything."""
REPEATABLE = "trunkline.repeatable"
"""Set to True by an application whose answer had to wait for nothing: when the same request comes
again, it may be asked with AT_ONCE."""


class NotAtOnceError(Exception):
    """The answer has to wait for something; nothing was done yet."""
