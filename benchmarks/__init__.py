"""Measurements beside others; each prints what it measured in one run and under which terms."""
