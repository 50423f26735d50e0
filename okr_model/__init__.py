"""What the records mean: tables, cycle, units, links, values, confidence.

What belongs here: pure functions from frames and an explicit ``as_of`` date to frames. What does
not: HTTP, Dagster, files, clocks. Any past day can be rebuilt because nothing here knows today.
Activity grain (issues, change logs) is Narwhals lazy frames; Key Result grain is pandas.
"""
