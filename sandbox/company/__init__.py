"""The sample company: its definition, the expected results, and the content generated from it.

What belongs here: what the company is and did. What does not: how a service serves it
(``sandbox.server``).
"""
