"""The Lead's home: questions, verdicts, findings, many at once.

What belongs here: from an address or a form to a decision and back. What does not: which questions
there are (``published.audit``).
"""
