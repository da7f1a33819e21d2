"""From texts to batches: cache, single flight, queue, cuts, forwards, and every request ended."""
