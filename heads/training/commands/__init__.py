"""The command line of training: train, promote, tune."""
