"""Public intent sets, with the frozen and the tuned encoder; replies hidden in long texts."""
