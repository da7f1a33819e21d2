"""What is measured: runs, latencies, memory and CPU over time."""
