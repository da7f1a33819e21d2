"""Finds the known name that a misspelt one was meant to be."""

import difflib
from collections.abc import Collection


def nearest(name: str, known: Collection[str]) -> str | None:
    """Return the name of `known` that looks most like `name`, None where none looks like it.

    Takes time with every name in `known`: bound what a caller may ask for.
    """
    return next(iter(difflib.get_close_matches(name, known, n=1)), None)
