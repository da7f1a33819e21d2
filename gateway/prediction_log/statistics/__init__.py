"""Statistics of the log: hourly figures, what is read from them, and a report of it."""
