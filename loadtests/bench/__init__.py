"""The benchmark table: the whole road, its parts, and what people use instead, in one run."""
