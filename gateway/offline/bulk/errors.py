"""The error that ends a bulk job; its text names files and columns, never what a row holds."""


class BulkError(Exception):
    """The job cannot go on, or cannot begin; the text says why and what to do."""
