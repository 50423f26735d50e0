"""``okr.yaml`` as a file: reading it, and what is wrong in it, with the line.

What belongs here: the YAML document, variables and secret files put into it, sentences about
mistakes, and where a setting is written. What does not: the keys, which lie above and beside this.
"""
