"""Asking heads: in this process, or over HTTP to a heads service."""
