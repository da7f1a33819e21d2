"""One shared BERT encoder behind a cache and a batcher, served over gRPC."""
