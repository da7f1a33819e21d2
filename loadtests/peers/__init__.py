"""Peers: other servers, each in its own environment, with the same texts and client."""
