"""``okr demo``: the sample company, its past nights, and edits of it.

The only place that reaches the sandbox. What the company's services do belongs there.
"""
