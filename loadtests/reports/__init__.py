"""What is shown: reports, plots, tables, kept results."""
