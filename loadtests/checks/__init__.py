"""Whether answers are right, compared with a reference in this process."""
