"""The domain model: what source records mean for Objectives and Key Results.

What belongs here: pure functions from frames and an explicit ``as_of`` date to frames. What does
not: HTTP, Dagster, files, clocks. Nothing here reads today's date, so any past day can be rebuilt.
Issues and change logs are lazy Narwhals frames; everything per Key Result is pandas.
"""
