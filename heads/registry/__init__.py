"""What is served now: snapshots of the catalog, followed and swapped whole."""
