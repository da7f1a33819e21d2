"""The benchmark table: the whole service, its parts, and what people use instead, in one run."""
