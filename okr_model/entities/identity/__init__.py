"""Which records are one, and which of several keeps an id.

What belongs here: records that several datasets read, and several records with one id. What does
not: reading their fields (the module of each kind).
"""
