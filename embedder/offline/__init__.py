"""Work on checkpoints that no service does: cut, quantise, compare."""
