"""Keys that the worker adds to a request's WSGI environ."""

ACCEPTED_AT = "trunkline.accepted_at"
"""`time.monotonic()` when the request's first byte came."""
PEER_GONE = "trunkline.peer_gone"
"""A function that says whether the caller has closed its connection; it costs a microsecond."""
