"""Reports of results: pages, plots, tables, and the results as JSON."""
