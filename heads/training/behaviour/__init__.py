"""Behaviour of a head: minimum cases, invariances, directions, and a reply beside its question."""
