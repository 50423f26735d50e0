"""Attainment probabilities beside simpler forecasts."""
