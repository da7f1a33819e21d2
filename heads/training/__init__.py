"""Training, evaluation and benchmarks of heads; never imported by the services."""
