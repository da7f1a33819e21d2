"""A BERT folder: its files, weights and fingerprint, and the graphs built from it."""
