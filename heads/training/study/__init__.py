"""The study: which embeddings, which way of learning, how many labels."""
