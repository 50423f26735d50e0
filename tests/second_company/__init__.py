"""Elsterwerk GmbH of Leipzig: a company unlike the sample, and what is right about it.

Its OKRs are issues in Jira, of the types Objective and Key Result: figures in number fields,
check-ins in comments, teams in labels, work below the Key Result that it serves. Statuses were
renamed within the cycle, issues moved between projects, came back and were estimated anew. Its
sales team writes its OKRs in a German spreadsheet, with merged cells, a header of two rows,
and corrections below what they correct.

What belongs here: ``definition.yaml``, decided by hand before any run; the content of the services,
in the shapes of their specifications; ``okr.yaml``; the test that compares. What does not: anything
of the sample company, and content that is made to fit what comes out.
"""
