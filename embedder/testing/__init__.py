"""Stand-ins for other packages' tests: an embedder, an encoder and a server without a model."""
