"""Other people's model files, turned into the BERT folders that the embedder loads."""
