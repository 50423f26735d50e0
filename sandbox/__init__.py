"""Local stand-ins of the three services, and a sample company that lives in them.

For the demo, the tests and the benchmarks. Nothing here knows the rooms that read it.
"""
