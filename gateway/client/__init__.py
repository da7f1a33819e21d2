"""Calls a gateway over HTTP for commands, and holds the checks and samples that they send."""
