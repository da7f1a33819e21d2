"""Evaluation out of fold, and its results as model card and plots."""
