"""Measurements: runs, latencies, memory and CPU over time."""
