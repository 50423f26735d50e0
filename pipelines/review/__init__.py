"""The review tab through a night: answers recorded before linking, questions updated after it.

What belongs here: the tab's layout and state. What does not: what a question or an answer means
(``okr_model.review``).
"""
