"""Google's JSON as plain records and cells, and a tab's rows as a table.

What belongs here: pure functions from a response to records. What does not: requests.
"""
