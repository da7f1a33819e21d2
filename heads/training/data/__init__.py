"""Labelled rows: tables, tasks, checks, splits by author, provenance."""
