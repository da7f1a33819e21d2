"""Who is production, candidate and shadow: changes by compare-and-swap, recorded first."""
