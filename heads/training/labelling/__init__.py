"""Which texts to label next, when to stop, and which labels look wrong."""
