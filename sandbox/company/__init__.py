"""The sample company: its story, the truth about it, and the content made from it.

Here belongs what the company is and did. How a service answers about it belongs to
``sandbox.server``.
"""
