"""Fitting a head: features, members, calibration, thresholds, choice of strength."""
