"""Commands as callers of a gateway over HTTP: classify, check, quickstart, smoke."""
