"""Attainment probabilities against simpler forecasts."""
