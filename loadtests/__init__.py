"""Load: text generators, closed-loop clients, and benchmarks that stand beside their baselines."""
