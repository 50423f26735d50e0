"""The commands that show how Objectives and teams add up: ``okr alignment`` and ``okr rollup``."""
