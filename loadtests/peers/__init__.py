"""Peers: what people would run instead, each in its own environment, same texts, same client."""
