"""Judging out of fold, and what is shown of it: model card and plots."""
