"""Small classifier heads over shared embeddings: bundles, registry, pools, service."""
