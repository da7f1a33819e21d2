"""Work on one head, from rows to a bundle: train, evaluate, scaffold."""
