"""A head as files: reading with digests, loading, writing, the self-test before it goes live."""
