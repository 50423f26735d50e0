"""The review tab: a tab of a Google Sheet in which people decide about links.

What belongs here: reading answers before a run and updating questions after it, the tab's layout,
and the state kept between runs. What does not: what a question or an answer means
(``okr_model.review``).
"""
