"""The benchmark table: the whole service, its parts, and usual alternatives, in one run."""
