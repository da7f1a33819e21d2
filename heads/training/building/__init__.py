"""Commands' work on one head: train, evaluate, scaffold."""
