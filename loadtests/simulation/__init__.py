"""Embedder replicas by the dozen, simulated: a discrete-event model with the real policies."""
