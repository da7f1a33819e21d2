"""Opt-outs in the author's own words, as evidence with its place."""
