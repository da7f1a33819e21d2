"""Checks of answers: by themselves, and against a reference in this process."""
