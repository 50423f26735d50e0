"""Benchmarks against other tools; each prints its results and the conditions of the run."""
