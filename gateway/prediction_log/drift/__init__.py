"""Drift: how far what heads answer has moved from what they answered when they were promoted."""
