"""Training, judging and benchmarking of heads; never imported by what serves."""
