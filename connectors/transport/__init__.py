"""HTTP for every connector: retries, rate limits, concurrency limits, deadlines.

What belongs here: what all services share. What does not: anything that knows one service.
"""
