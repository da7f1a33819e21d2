"""From features to calibrated scores: heads stacked into a few products of matrices."""
