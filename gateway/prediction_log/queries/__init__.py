"""The SQL of what is read, corrected and erased, each within its caller's transaction."""
