"""The roles production, candidate and shadow: changed by compare-and-swap, recorded first."""
