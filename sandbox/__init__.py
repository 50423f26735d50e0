"""Local stand-ins for the three services, and the data of a sample company in them.

What belongs here: what the demo, the tests and the benchmarks read instead of the real services.
What does not: anything of ``connectors``, ``okr_model`` or ``pipelines``.
"""
