"""Public intent sets, with the frozen and the tuned encoder."""
