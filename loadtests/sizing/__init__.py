"""Sizing: find this machine's knees, predict other rates, write a deployment's numbers."""
