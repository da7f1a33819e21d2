"""The queue of texts that people label, over the prediction log's database."""
